/** Commands on schedules. */
export const ScheduleCommandIDs = {
  /** Asks for all that a schedule is made of. */
  add: 'jupyter-mlops:add-schedule',
  /** {schedule}: its name. */
  pause: 'jupyter-mlops:pause-schedule',
  /** {schedule}: its name. */
  resume: 'jupyter-mlops:resume-schedule',
  /** {schedule}: its name. */
  run: 'jupyter-mlops:run-schedule',
  /** {schedule}: its name; asks for parameters. */
  runWith: 'jupyter-mlops:run-schedule-with',
  /** {schedule}: its name; asks whether that is meant. */
  remove: 'jupyter-mlops:remove-schedule'
} as const;
