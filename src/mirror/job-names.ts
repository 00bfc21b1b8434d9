export const MIRROR_DRAIN = "mirror_drain";
export const MIRROR_CHECK = "mirror_check";
export const MIRROR_RECONCILE = "mirror_reconcile";
export const DIRECTORY_SYNC = "directory_sync";
