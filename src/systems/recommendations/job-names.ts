export const DAILY_ANALYSIS = "daily_analysis";
export const TRACK_RECORD = "track_record";
