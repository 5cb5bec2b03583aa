/** Milliseconds by the system's monotonic clock, which the processes of one machine share. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;
