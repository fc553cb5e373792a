/** Commands that open what is not a run in the main area. */
export const OpenCommandIDs = {
  /** {pipeline}: its name. */
  openPipeline: 'jupyter-mlops:open-pipeline',
  /** {model}: its name; {version}: the one to look at; {part}: what of it is unfolded first. */
  openModel: 'jupyter-mlops:open-model'
} as const;
