/** The largest file that an import takes; every other route takes 1 MiB. */
export const IMPORT_MEBIBYTES = 64;
