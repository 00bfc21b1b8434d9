drop table public.reservations;
drop table public.conversations;
