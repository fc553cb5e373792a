export { Boundary } from './boundary';
export { MLOpsContext, ShownContext, useMLOps, useSignal, useTrans } from './context';
export { useData, type IData } from './data';
export { absolute, Duration, Moment, relative, span, useNow } from './moment';
export { Busy, Empty, Loaded, Problem } from './said';
export { Sparkline } from './sparkline';
export { signOf, Status, statusWord, type AnyStatus, type Tone } from './status';
export { Tabs } from './tabs';
export { MLOpsWidget } from './widget';
