drop table public.portfolio_alerts;
drop table public.radar_candidates;
drop table public.radar_scans;
drop table public.asset_analyses;
