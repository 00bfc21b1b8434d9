drop table public.recommendation_outcomes;
drop table public.analysis_details;
drop table public.daily_recommendations;
