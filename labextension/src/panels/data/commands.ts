/** Commands on data, which open a page of the main area. */
export const DataCommandIDs = {
  /** {dataset}: its name; {version}: the number of the one to look at, as a text. */
  openDataset: 'jupyter-mlops:open-dataset',
  /** {left, right}: NAME@NUMBER, NAME or a file of the project. */
  diffData: 'jupyter-mlops:diff-data',
  /** {left, right}: the reference and what is current, named likewise. */
  drift: 'jupyter-mlops:drift',
  /** {monitor}: its name. */
  openMonitor: 'jupyter-mlops:open-monitor'
} as const;
