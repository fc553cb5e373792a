// Made by `jlpm generate` from the entities of jupyter_mlops/server/api; do not edit.

export interface paths {
    "/comparison": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs side by side */
        get: operations["get_comparison"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/data/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What separates two versions */
        post: operations["post_data_diff"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/data/drift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** How far data drifted */
        post: operations["post_data_drift"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The datasets */
        get: operations["get_datasets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/{dataset}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dataset and its versions */
        get: operations["get_datasets_dataset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/{dataset}/lineage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where it came from and went */
        get: operations["get_datasets_dataset_lineage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What separates two runs */
        get: operations["get_diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changes, as it happens: Server-Sent Events, the data of each a Change as JSON */
        get: operations["get_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The registered models */
        get: operations["get_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A model: versions, gates, ledger */
        get: operations["get_models_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve a version */
        post: operations["post_models_model_approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/card": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The card of a version */
        get: operations["get_models_model_card"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What it changes of the champion */
        get: operations["get_models_model_diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/gates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Judge the gates of a version */
        post: operations["post_models_model_gates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Promote a version, if its gates say so */
        post: operations["post_models_model_promote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reject a version */
        post: operations["post_models_model_reject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Point an alias back at the version before */
        post: operations["post_models_model_rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The monitors */
        get: operations["get_monitors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitors/{monitor}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A monitor and its readings */
        get: operations["get_monitors_monitor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/notebook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What may be done with a notebook */
        get: operations["get_notebook"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/notebook/badges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is on the record of a notebook's cells */
        get: operations["get_notebook_badges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/notebook/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a notebook headless */
        post: operations["post_notebook_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pipelines */
        get: operations["get_pipelines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipeline}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A pipeline and its steps */
        get: operations["get_pipelines_pipeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipeline}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run what is stale */
        post: operations["post_pipelines_pipeline_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipeline}/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run of a pipeline, live */
        get: operations["get_pipelines_pipeline_runs_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far the runs that go on are */
        get: operations["get_progress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/project": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The project that is worked on */
        get: operations["get_project"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs, page by page */
        get: operations["get_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All that is known of a run */
        get: operations["get_runs_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a run that goes on */
        post: operations["post_runs_run_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last lines that a run printed */
        get: operations["get_runs_run_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics of a run as they were logged */
        get: operations["get_runs_run_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/notebook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The executed notebook */
        get: operations["get_runs_run_notebook"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put the source of a run into a new notebook */
        post: operations["post_runs_run_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule-form": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the form lets choose from */
        get: operations["get_schedule_form"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When a schedule would run */
        get: operations["get_schedule_preview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scheduler": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who runs what is due */
        get: operations["get_scheduler"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All schedules and where they stand */
        get: operations["get_schedules"];
        put?: never;
        /** Add a schedule */
        post: operations["post_schedules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedules/{schedule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A schedule and its slots */
        get: operations["get_schedules_schedule"];
        put?: never;
        post?: never;
        /** Remove a schedule */
        delete: operations["delete_schedules_schedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedules/{schedule}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a schedule */
        post: operations["post_schedules_schedule_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedules/{schedule}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a schedule */
        post: operations["post_schedules_schedule_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedules/{schedule}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a schedule now */
        post: operations["post_schedules_schedule_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/work": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What goes on, and what ended of late */
        get: operations["get_work"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/work/{work}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One work, with what it found */
        get: operations["get_work_work"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/work/{work}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a work */
        post: operations["post_work_work_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A schedule that is asked for: `what` is a pipeline, or a notebook below the project's folder. */
        AddSchedule: {
            misfire?: string;
            /** @enum {string} */
            mode?: "cron" | "every" | "data";
            name?: string;
            overlap?: string;
            parameters?: {
                [key: string]: string;
            };
            register_as?: string | null;
            retries?: number;
            timezone?: string;
            what: string;
            when?: string;
        };
        /** @description Rows to score by a model version: see `Project.predict`. */
        Batch: {
            in: string;
            /** @default [] */
            key: string[];
            model: string;
            out: string;
            split?: {
                [key: string]: number;
            };
        };
        /** @description A model card as Markdown, with what is missing in it. */
        CardPage: {
            markdown: string;
            /** @default [] */
            missing: string[];
            model: string;
            version: string;
        };
        /**
         * @description What is on the record of one cell of a notebook: its last execution in a tracked run. `source` is what
         *     ran: a cell with another one now was edited since. `warnings` tell why the notebook's state could not have
         *     come from running it top to bottom.
         */
        CellBadge: {
            cell_id: string;
            /** @default null */
            duration: number | null;
            /** @default [] */
            metrics: components["schemas"]["MetricChange"][];
            run: string;
            run_id: string;
            /** @default  */
            source: string;
            status: components["schemas"]["CellStatus"];
            /** @default [] */
            warnings: string[];
        };
        /** @description One cell that differs: its place in either run and a unified diff of its source. */
        CellDifference: {
            diff: string;
            left_index: number | null;
            right_index: number | null;
        };
        /**
         * @description One execution of one cell. `index` is its place in the notebook (from 0), or -1 where unknown.
         *
         *     `peak_memory` is the kernel process's high-water mark so far, `outputs_size` the size of what the
         *     cell showed, both in bytes. `carried_from` is the run in which the cell ran, where a resumed run took
         *     its state over.
         */
        CellRecord: {
            /** @default null */
            carried_from: string | null;
            cell_id: string | null;
            digest: string;
            /** @default null */
            ended: string | null;
            /** @default null */
            error: string | null;
            /** @default null */
            execution_count: number | null;
            index: number;
            /** @default null */
            outputs_size: number | null;
            /** @default null */
            peak_memory: number | null;
            source: string;
            /** @default null */
            started: string | null;
            status: components["schemas"]["CellStatus"];
            /** @default null */
            traceback: string | null;
        };
        /**
         * @description What became of one cell. `OK` only when the kernel replied ok.
         * @enum {string}
         */
        CellStatus: "not run" | "running" | "ok" | "failed" | "killed" | "timed out" | "cancelled" | "skipped";
        /**
         * @description One event of the stream: topics that changed, or the progress of all runs that go on, or a work that
         *     has changed. `problem` tells that the store cannot be looked at, "" that it can again.
         */
        Change: {
            /** @default null */
            problem: string | null;
            /** @default null */
            progress: components["schemas"]["RunProgress"][] | null;
            /** @default [] */
            topics: components["schemas"]["Topic"][];
            /** @default null */
            work: components["schemas"]["Work"] | null;
        };
        /**
         * @description What became of one column. `changed` counts the rows, matched by key or place, with another value;
         *     None where rows cannot be matched.
         */
        ColumnDiff: {
            /** @enum {string} */
            change: "same" | "changed" | "added" | "dropped" | "retyped";
            /** @default null */
            changed: number | null;
            /** @default null */
            left: components["schemas"]["ColumnProfile"] | null;
            /** @default null */
            left_dtype: string | null;
            name: string;
            /** @default null */
            right: components["schemas"]["ColumnProfile"] | null;
            /** @default null */
            right_dtype: string | null;
            /** @default null */
            shift: components["schemas"]["Shift"] | null;
        };
        /**
         * @description One column of the reference beside the current data.
         *
         *     Decided by `effect`, of the statistic `measure`, against `threshold`, and only where `p_value`, corrected
         *     for the number of columns, says that it is no chance. `why` tells it in words. Histograms have the same
         *     edges; `reference_top` and `current_top` count the same values.
         */
        ColumnDrift: {
            /** @default 0 */
            current_count: number;
            /** @default null */
            current_histogram: components["schemas"]["Histogram"] | null;
            /** @default 0 */
            current_missing: number;
            current_top?: {
                [key: string]: number;
            };
            /** @default null */
            effect: number | null;
            kind: components["schemas"]["ColumnKind"];
            /** @default  */
            measure: string;
            name: string;
            /** @default [] */
            new_values: string[];
            /** @default null */
            p_value: number | null;
            /** @default 0 */
            reference_count: number;
            /** @default null */
            reference_histogram: components["schemas"]["Histogram"] | null;
            /** @default 0 */
            reference_missing: number;
            reference_top?: {
                [key: string]: number;
            };
            state: components["schemas"]["DriftState"];
            statistics?: {
                [key: string]: number;
            };
            /** @default null */
            threshold: number | null;
            /** @default  */
            why: string;
        };
        /**
         * @description What the values of a column are, and so how they are described and compared.
         * @enum {string}
         */
        ColumnKind: "number" | "time" | "boolean" | "category" | "text" | "other";
        /**
         * @description What the values of one column are like.
         *
         *     `count` values are there, `missing` are not; `distinct` is None where they are too many to be counted.
         *     `minimum` and `maximum` are texts as a person reads them; `quantiles` maps "0.25" to a value. `top` holds
         *     the most frequent values with how often each occurs.
         */
        ColumnProfile: {
            count: number;
            /** @default null */
            distinct: number | null;
            dtype: string;
            /** @default null */
            histogram: components["schemas"]["Histogram"] | null;
            kind: components["schemas"]["ColumnKind"];
            /** @default null */
            maximum: string | null;
            /** @default null */
            mean: number | null;
            /** @default null */
            minimum: string | null;
            /** @default 0 */
            missing: number;
            name: string;
            quantiles?: {
                [key: string]: number;
            };
            /** @default null */
            std: number | null;
            /** @default [] */
            top: [
                string,
                number
            ][];
        };
        /**
         * @description What separates two dataset versions. Rows are matched by the columns `key`; without, a row counts as
         *     the same if all its values are. `changed` is None where there is no key.
         */
        DataDiff: {
            /** @default null */
            added: number | null;
            /** @default null */
            changed: number | null;
            /** @default [] */
            columns: components["schemas"]["ColumnDiff"][];
            /** @default [] */
            examples: components["schemas"]["RowDiff"][];
            identical: boolean;
            /** @default [] */
            key: string[];
            left: string;
            /** @default null */
            left_rows: number | null;
            /** @default [] */
            notes: string[];
            /** @default null */
            removed: number | null;
            /** @default false */
            reordered: boolean;
            right: string;
            /** @default null */
            right_rows: number | null;
        };
        /**
         * @description All that is known of one dataset version. `content` tells where its content can still be had;
         *     it is `gone` where there is neither a copy nor a source that holds it.
         */
        DatasetDetails: {
            /** @default null */
            content: string | null;
            /** @default false */
            gone: boolean;
            /** @default null */
            profile: components["schemas"]["Profile"] | null;
            /** @default [] */
            uses: components["schemas"]["DatasetUse"][];
            version: components["schemas"]["DatasetVersion"];
        };
        /** @description A dataset: its versions, newest first, and all that is known of the one that is asked for. */
        DatasetPage: {
            /** @default null */
            details: components["schemas"]["DatasetDetails"] | null;
            name: string;
            /** @default [] */
            versions: components["schemas"]["DatasetVersion"][];
        };
        /** @description A dataset: how many versions, and the newest; None of one that is declared and has none yet. */
        DatasetSummary: {
            /** @default false */
            declared: boolean;
            name: string;
            /** @default null */
            newest: components["schemas"]["DatasetVersion"] | null;
            /** @default  */
            source: string;
            versions: number;
        };
        /** @description One run that read or wrote a dataset version; `named` is another name by which it knew them. */
        DatasetUse: {
            /** @default null */
            context: string | null;
            name: string;
            /** @default  */
            named: string;
            run_id: string;
            /** @default null */
            started: string | null;
            /** @default false */
            wrote: boolean;
        };
        /**
         * @description Named data with one content digest over all rows and columns. Digests of files and folders begin with
         *     ``xxh:``; one that does compares only with another that does.
         *
         *     `rows` is None where rows have no meaning (an image); those of a folder are its files. `schema_` maps
         *     columns to dtypes. `number` counts the dataset's versions from 1; None of one that is not in the
         *     catalogue. Where it is not `ordered` the digest does not depend on the order of rows; `key` are the
         *     columns that tell rows apart. `size` is in bytes, of what has one. `wrote` tells, of a version that a
         *     run links, that the run made it.
         */
        DatasetVersion: {
            /** @default null */
            context: string | null;
            /** @default null */
            created: string | null;
            digest: string;
            /** @default [] */
            key: string[];
            name: string;
            /** @default null */
            number: number | null;
            /** @default true */
            ordered: boolean;
            rows: number | null;
            schema?: {
                [key: string]: string;
            };
            /** @default null */
            size: number | null;
            /** @default  */
            source: string;
            /** @default local */
            source_type: string;
            tags?: {
                [key: string]: string;
            };
            /** @default false */
            wrote: boolean;
        };
        /** @description Two sets of data to compare: ``NAME@NUMBER``, ``NAME`` or a file of the project. */
        DataSides: {
            key?: string[];
            left: string;
            right: string;
        };
        /**
         * @description A metric of the model on either side, where labels exist; `difference` is current less reference, with
         *     its interval.
         */
        Decay: {
            current: number;
            /** @default false */
            decayed: boolean;
            difference: number;
            high: number;
            low: number;
            metric: string;
            /** @default null */
            p_value: number | null;
            reference: number;
        };
        /**
         * @description What is to be decided of a version, or of a model's alias `to`. `override` promotes in spite of gates
         *     that say no, and needs a reason.
         */
        Decision: {
            override?: boolean;
            reason?: string | null;
            to?: string;
            version?: string;
        };
        /** @description One thing that differs between two runs; a side that lacks it is None. */
        Difference: {
            left: string | null;
            name: string;
            right: string | null;
        };
        /** @description Whether the current data are still like the reference; `verdict` in a sentence. */
        DriftReport: {
            /** @default [] */
            columns: components["schemas"]["ColumnDrift"][];
            current: string;
            current_rows: number;
            /** @default [] */
            decay: components["schemas"]["Decay"][];
            drifted: boolean;
            /** @default null */
            model: string | null;
            /** @default [] */
            notes: string[];
            /** @default [] */
            predictions: components["schemas"]["ColumnDrift"][];
            reference: string;
            reference_rows: number;
            verdict: string;
        };
        /**
         * @description What was decided of one column.
         * @enum {string}
         */
        DriftState: "no drift" | "drift" | "too few" | "constant" | "all missing" | "new column" | "dropped column" | "retyped" | "not tested";
        /**
         * @description The notebook of a run with its outputs, to be looked at. Widgets and JavaScript were taken out of it;
         *     HTML and SVG were not: a page must sanitise them, as of any notebook that is not trusted. `cell` is the
         *     place (from 0) of the cell that failed, None where none did.
         */
        ExecutedNotebook: {
            /** @default null */
            cell: number | null;
            name: string;
            notebook: {
                [key: string]: unknown;
            };
            run_id: string;
        };
        /**
         * @description A parameter as a field of a form: `kind` is the control that suits it, `text` its default as typed,
         *     `note` its type and bounds in words.
         */
        FormField: {
            /** @default [] */
            choices: string[];
            /** @default  */
            help: string;
            /**
             * @default text
             * @enum {string}
             */
            kind: "choice" | "bool" | "text";
            name: string;
            /** @default  */
            note: string;
            /** @default  */
            text: string;
        };
        /**
         * @description All gates of one version on its way to one alias. `champion` is the version that the alias ``champion``
         *     named, `present` the one that `alias` named. `run_id` is the run that keeps the evidence; None where
         *     nothing was kept.
         */
        GateReport: {
            alias: string;
            /** @default null */
            champion: string | null;
            model: string;
            /** @default [] */
            notes: string[];
            /** @default null */
            present: string | null;
            /** @default [] */
            results: components["schemas"]["GateResult"][];
            /** @default null */
            run_id: string | null;
            version: string;
        };
        /**
         * @description One gate, judged: `evidence` names runs, digests and figures that it was judged by. `key` is the digest
         *     of all that it depends on: with the same one it need not be judged again; "" where it always is.
         */
        GateResult: {
            /** @default [] */
            details: string[];
            evidence?: {
                [key: string]: string;
            };
            /** @default false */
            implied: boolean;
            /** @default null */
            judged: string | null;
            /** @default  */
            key: string;
            kind: string;
            /** @default  */
            message: string;
            name: string;
            /** @default  */
            place: string;
            /** @default 0 */
            seconds: number;
            status: components["schemas"]["GateStatus"];
        };
        /**
         * @description What was decided of one gate. Only `PASSED` and `SKIPPED` let through.
         * @enum {string}
         */
        GateStatus: "passed" | "failed" | "error" | "skipped" | "not judged";
        /** @description The working tree a run started from. `diff` is ``git diff HEAD``; `untracked` lists new files. */
        GitState: {
            branch: string | null;
            commit: string | null;
            /** @default  */
            diff: string;
            dirty: boolean;
            /** @default [] */
            untracked: string[];
        };
        /** @description The machine: CPU model, logical cores, memory in bytes, GPUs by name. */
        Hardware: {
            cores: number;
            cpu: string;
            /** @default [] */
            gpus: string[];
            memory: number;
        };
        /**
         * @description How many values lie between each two of the `edges`, which are one more than the `counts`. Times are
         *     seconds since 1970, UTC.
         */
        Histogram: {
            counts: number[];
            edges: number[];
        };
        /**
         * @description A model's ledger, oldest entry first. `findings` is None where it was not verified; `head` is the hash
         *     of the last entry. `aliases` are those of the registry now.
         */
        History: {
            aliases?: {
                [key: string]: string;
            };
            /** @default [] */
            entries: components["schemas"]["LedgerEntry"][];
            /** @default null */
            findings: components["schemas"]["LedgerFinding"][] | null;
            /** @default  */
            head: string;
            model: string;
            /** @default [] */
            notes: string[];
        };
        /** @description A webhook of the Jupyter server, signed with `secret`: a reference such as ``env:NAME``. */
        HookWatch: {
            secret: string;
        };
        /**
         * @description What an entry of the ledger tells.
         * @enum {string}
         */
        LedgerAction: "promote" | "override" | "rollback" | "approve" | "reject";
        /**
         * @description One entry of a model's ledger.
         *
         *     `alias` is the one that was moved; "" of approvals and rejections, "champion" of old ones.
         *     `number` counts from 1; `previous` is the hash of the entry before, "" of the first; `hash` is sha256 over
         *     all other fields. `gates` is the digest of the gate report, `gates_run` the run that keeps it;
         *     `overridden` names the gates that said no. `host` is the machine that wrote it. `registered` is when the
         *     version was made: a model that was deleted, and made anew, counts its versions from 1 again.
         */
        LedgerEntry: {
            action: components["schemas"]["LedgerAction"];
            /** @default champion */
            alias: string;
            /** @default null */
            from_version: string | null;
            /** @default null */
            gates: string | null;
            /** @default null */
            gates_run: string | null;
            /** @default  */
            hash: string;
            /** @default  */
            host: string;
            identity: string;
            model: string;
            number: number;
            /** @default [] */
            overridden: string[];
            /** @default  */
            previous: string;
            /** @default null */
            reason: string | null;
            /** @default null */
            registered: string | null;
            to_version: string;
            /** Format: date-time */
            when: string;
            who: string;
        };
        /**
         * @description What is wrong with a ledger: `kind` is ``changed``, ``removed``, ``reordered``, ``rewritten``,
         *     ``unreadable``, ``renamed`` or ``alias moved``.
         */
        LedgerFinding: {
            kind: string;
            message: string;
            /** @default null */
            number: number | null;
        };
        /** @description What led to the node `start`, and what came of it. */
        Lineage: {
            /** @default [] */
            links: components["schemas"]["LineageLink"][];
            /** @default [] */
            nodes: components["schemas"]["LineageNode"][];
            start: string;
        };
        /**
         * @description Something led to something: `source` and `target` are keys of nodes, `label` tells how, such as
         *     ``read as training``, ``wrote``, ``made``.
         */
        LineageLink: {
            label: string;
            source: string;
            target: string;
        };
        /**
         * @description A dataset version, a run or a model version. `key` is unique: ``NAME@NUMBER``, the run's id,
         *     ``NAME@VERSION`` after ``model:``.
         */
        LineageNode: {
            /** @default  */
            detail: string;
            key: string;
            /** @enum {string} */
            kind: "dataset" | "run" | "model";
            name: string;
        };
        /** @description The last lines that a run printed. */
        LogText: {
            /** @default [] */
            lines: string[];
            run_id: string;
        };
        /**
         * @description A metric that a cell logged, and how it differs from the run of the same notebook before; `better` is
         *     None where that cannot be told.
         */
        MetricChange: {
            /** @default null */
            better: boolean | null;
            /** @default null */
            change: number | null;
            name: string;
            value: number;
        };
        /**
         * @description A metric as it was logged: steps and values, thinned where there are more of them (`of` in all, in a
         *     list counted up to 100,000); what is no number is None.
         */
        MetricPoints: {
            name: string;
            /** @default 0 */
            of: number;
            /** @default [] */
            steps: number[];
            /** @default [] */
            values: (number | null)[];
        };
        /**
         * @description What becomes of slots that are later than their grace, as after a night in which nothing ran.
         * @enum {string}
         */
        Misfire: "latest" | "all" | "skip";
        /**
         * @description A registered model: its versions, newest first; the gates of each as they were last judged, by version;
         *     its ledger. `closed` tells by version why it is not open to promotion, such as a rejection; `higher` by
         *     metric whether more of it is better, where that can be told.
         */
        ModelDetails: {
            closed?: {
                [key: string]: string;
            };
            gates?: {
                [key: string]: components["schemas"]["GateReport"];
            };
            higher?: {
                [key: string]: boolean;
            };
            /** @default null */
            history: components["schemas"]["History"] | null;
            /** @default null */
            listed: components["schemas"]["GateReport"] | null;
            name: string;
            /** @default  */
            note: string;
            /** @default [] */
            versions: components["schemas"]["ModelVersion"][];
        };
        /**
         * @description A registered model: how many versions, the newest, and the version of each alias. `gates` tells what
         *     the newest version's gates said last; `rejected` that somebody closed it.
         */
        ModelSummary: {
            aliases?: {
                [key: string]: string;
            };
            /** @default  */
            gates: string;
            name: string;
            newest: components["schemas"]["ModelVersion"];
            /** @default false */
            rejected: boolean;
            versions: number;
        };
        /** @description One version of a registered model, with the run that made it and the aliases that point at it. */
        ModelVersion: {
            /** @default [] */
            aliases: string[];
            /** @default null */
            created: string | null;
            metrics?: {
                [key: string]: number;
            };
            name: string;
            run_id: string | null;
            source: string;
            tags?: {
                [key: string]: string;
            };
            version: string;
        };
        /**
         * @description What is watched of a `model`'s champion, as ``mlops.yaml`` declares it.
         *
         *     `current` is what it sees now: data, or by default what `predict` and `serve` recorded; of these the
         *     newest `rows`, if said. `reference` is by default the data it was trained on. It is looked at `every` so
         *     many seconds, by `cron`, or, by default, when a new batch was recorded. A breach is a column, or a
         *     prediction, whose effect is beyond `threshold` (by default that of ``drift:``; where `max_psi` is given
         *     its PSI beyond that instead, or both), and no chance; a metric that breaks one of the conditions
         *     `performance` such as ``accuracy >= 0.8``, as soon as there are true values: in `current`, or in `labels`,
         *     joined by `key`; and one that is significantly worse than on a `reference` that the champion was not
         *     trained on. Predictions are compared with those on the reference, or, where that is what the champion was
         *     trained on, on the first batch that it answered. `ignore` names columns to leave out.
         */
        Monitor: {
            /** @default null */
            cron: string | null;
            /** @default null */
            current: string | null;
            /** @default null */
            every: number | null;
            /** @default [] */
            ignore: string[];
            /** @default [] */
            key: string[];
            /** @default null */
            labels: string | null;
            /** @default null */
            max_psi: number | null;
            model: string;
            /** @default null */
            on_drift: components["schemas"]["Retrain"] | null;
            /** @default [] */
            performance: string[];
            /** @default null */
            reference: string | null;
            /** @default null */
            rows: number | null;
            /** @default null */
            target: string | null;
            /** @default null */
            threshold: number | null;
            /** @default null */
            timezone: string | null;
        };
        /**
         * @description What a monitor found at one look. `effects` are the columns' and predictions' by name (PSI where
         *     `max_psi` decides), held against `limits`; `metrics` those of the model, over the `labelled` rows that
         *     have true values. `breaches` say in words what is beyond what is allowed: in the `drifted` columns and
         *     predictions, and of the conditions and metrics that are `broken`; they are `known` where the last reading
         *     found them in the same data, and in the same true values. `digest` is that of the current data, `truth`
         *     that of the labelled rows, `seen` that of all that was looked at: with the same one there is nothing new,
         *     and the last reading is given again, `repeated`. `retrain` is the key of the slot that was set off,
         *     `held` why none was.
         */
        MonitorReading: {
            /** @default [] */
            breaches: string[];
            /** @default [] */
            broken: string[];
            current: string;
            /** @default  */
            digest: string;
            /** @default [] */
            drifted: string[];
            effects?: {
                [key: string]: number;
            };
            /** @default  */
            held: string;
            /** @default false */
            known: boolean;
            /** @default 0 */
            labelled: number;
            limits?: {
                [key: string]: number;
            };
            metrics?: {
                [key: string]: number;
            };
            model: string;
            monitor: string;
            /** @default [] */
            notes: string[];
            number: number;
            reference: string;
            /** @default false */
            repeated: boolean;
            /** @default null */
            retrain: string | null;
            /** @default 0 */
            rows: number;
            /** @default null */
            run_id: string | null;
            /** @default  */
            seen: string;
            /** @default  */
            truth: string;
            /** @default  */
            verdict: string;
            version: string;
            /** Format: date-time */
            when: string;
        };
        /** @description A monitor and its readings, oldest first; `champions` are the moments at which a version became it. */
        MonitorState: {
            champions?: {
                [key: string]: string;
            };
            monitor: components["schemas"]["Monitor"];
            name: string;
            /** @default null */
            next: string | null;
            /** @default  */
            note: string;
            /** @default [] */
            readings: components["schemas"]["MonitorReading"][];
        };
        /** @description The badges of a notebook's cells, and the run that goes on in its session, if one does. */
        NotebookBadges: {
            /** @default [] */
            cells: components["schemas"]["CellBadge"][];
            path: string;
            /** @default null */
            tracked: components["schemas"]["Run"] | null;
        };
        /**
         * @description What a page may do with a notebook: its `fields`; the `models` that its runs registered; the schedules
         *     that run it. `note` tells what there is to say of it, such as that it has no parameters cell.
         */
        NotebookInfo: {
            /** @default [] */
            experiments: string[];
            /** @default [] */
            fields: components["schemas"]["FormField"][];
            /** @default  */
            folder: string;
            /** @default null */
            last: components["schemas"]["Run"] | null;
            /** @default [] */
            models: string[];
            /** @default  */
            note: string;
            path: string;
            /** @default [] */
            schedules: string[];
        };
        /** @description Why the notebook's state could not have come from running it top to bottom. */
        OrderFinding: {
            cell: string;
            /** @enum {string} */
            kind: "out of order" | "edited" | "deleted" | "skipped over";
            message: string;
        };
        /** @description One file a run left behind: path below the run's artifacts, size in bytes, blake2b digest. */
        Output: {
            digest: string;
            path: string;
            size: number;
        };
        /**
         * @description What becomes of a slot whose time comes while as many runs of its schedule go on as may.
         * @enum {string}
         */
        Overlap: "skip" | "queue" | "cancel";
        /**
         * @description A pipeline as it is: `now` tells of each step whether it is cached or stale, and why, where that was
         *     asked for; `last` is its last run, live where that goes on; `problem` why it cannot be run.
         */
        PipelineDetails: {
            /** @default null */
            last: components["schemas"]["PipelineRun"] | null;
            name: string;
            /** @default null */
            now: components["schemas"]["PipelineRun"] | null;
            /** @default  */
            problem: string;
        };
        /**
         * @description One execution of a pipeline: its parent run in MLflow, and each step in topological order, points of a
         *     grid one after the other. `edges` maps each step to those it comes after.
         *
         *     Of a pipeline that was only looked at `run` is None. `asked` are the parameters that it was asked for, as
         *     text: with these it goes on where it stopped.
         */
        PipelineRun: {
            asked?: {
                [key: string]: string;
            };
            edges?: {
                [key: string]: string[];
            };
            /** @default 0 */
            exit_code: number;
            pipeline: string;
            /** @default null */
            registered: string | null;
            /** @default null */
            run: components["schemas"]["Run"] | null;
            /** @default [] */
            steps: components["schemas"]["StepRun"][];
        };
        /** @description A pipeline of ``mlops.yaml``: its steps, and its last run; `problem` tells why it cannot be run. */
        PipelineSummary: {
            /** @default null */
            last: components["schemas"]["Run"] | null;
            name: string;
            /** @default  */
            problem: string;
            /** @default [] */
            steps: string[];
        };
        /**
         * @description Why a request was not met: `message` says what is wrong, `hint` how to mend it; `wrong` by
         *     the name of a form's field what is wrong with it.
         */
        Problem: {
            /** @default  */
            hint: string;
            message: string;
            wrong?: {
                [key: string]: string;
            };
        };
        /**
         * @description Statistics of each column. Counts, minimum, maximum, mean and standard deviation are of all rows;
         *     quantiles, histograms and most frequent values of `sampled` rows where that is given.
         */
        Profile: {
            /** @default [] */
            columns: components["schemas"]["ColumnProfile"][];
            rows: number;
            /** @default null */
            sampled: number | null;
        };
        /**
         * @description The project that a page works on. `folder` is its place below the server's root, "" for that root
         *     itself; `name` that of the folder. `tracking` is the store's URI without secrets; `is_server` tells that
         *     it is another machine's; `empty` that nothing was recorded yet. `who` acts here. `problem` and `hint` tell
         *     why the project cannot be used, such as a broken ``mlops.yaml``.
         */
        ProjectInfo: {
            /** @default false */
            configured: boolean;
            /** @default true */
            empty: boolean;
            folder: string;
            /** @default  */
            hint: string;
            /** @default false */
            is_server: boolean;
            name: string;
            /** @default  */
            problem: string;
            /** @default  */
            tracking: string;
            /** @default  */
            version: string;
            /** @default  */
            who: string;
        };
        /**
         * @description Where a run came from: notebook, code, environment, machine, person.
         *
         *     `notebook` is the path as a person sees it, relative to the project where it lies inside.
         *     `packages` maps imported distributions to versions; `installed` all of them. `modules` maps the files that
         *     the kernel imported from elsewhere, such as the project, to a digest of their code; "" where a file
         *     changed while it ran.
         */
        Provenance: {
            git: components["schemas"]["GitState"] | null;
            hardware: components["schemas"]["Hardware"];
            installed?: {
                [key: string]: string;
            };
            modules?: {
                [key: string]: string;
            };
            notebook: string | null;
            notebook_digest: string | null;
            packages?: {
                [key: string]: string;
            };
            platform: string;
            python: string;
            user: string;
        };
        /**
         * @description A parameter as a run used it: the value's source text and its type.
         *
         *     For a secret they are its reference and ``secret``.
         */
        RecordedParameter: {
            name: string;
            type: string;
            value: string;
        };
        /**
         * @description Where the source of a run is to be put as a new notebook: a folder below the server's root; by default
         *     that of its notebook.
         */
        Restore: {
            folder?: string | null;
        };
        /** @description The new notebook's place below the server's root. */
        RestoredNotebook: {
            path: string;
        };
        /**
         * @description What a breach sets off: the pipeline `retrain` with `parameters`, not again within `cooldown` seconds.
         *     What it registers becomes the challenger, and with `auto_promote` the champion if its gates say so.
         */
        Retrain: {
            /** @default false */
            auto_promote: boolean;
            /** @default 86400 */
            cooldown: number;
            parameters?: {
                [key: string]: unknown;
            };
            retrain: string;
        };
        /**
         * @description One row that differs, as an example: its key, or place counted from 1, and for each column the value
         *     on either side.
         */
        RowDiff: {
            /** @enum {string} */
            change: "added" | "removed" | "changed";
            key: {
                [key: string]: string;
            };
            left?: {
                [key: string]: string;
            };
            right?: {
                [key: string]: string;
            };
        };
        /**
         * @description One execution of one notebook, session or tracked cell, as MLflow holds it.
         *
         *     `run_id` is empty where it was run without being recorded. `schedule` is the one that it was a run of.
         */
        Run: {
            ended: string | null;
            /** @default null */
            error: string | null;
            /** @default 0 */
            exit_code: number;
            experiment: string;
            kind: components["schemas"]["RunKind"];
            metrics?: {
                [key: string]: number;
            };
            /** @default [] */
            models: string[];
            name: string;
            /** @default null */
            notebook: string | null;
            parameters?: {
                [key: string]: string;
            };
            /** @default null */
            parent: string | null;
            /** @default null */
            peak_memory: number | null;
            /** @default null */
            replaces: string | null;
            run_id: string;
            /** @default null */
            schedule: string | null;
            started: string | null;
            status: components["schemas"]["RunStatus"];
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * @description Runs side by side: of each parameter and metric by name, the value in each run, None where it has none;
         *     and each metric that has several points, as it was logged by each of them.
         */
        RunComparison: {
            metrics?: {
                [key: string]: (number | null)[];
            };
            parameters?: {
                [key: string]: (string | null)[];
            };
            runs: components["schemas"]["Run"][];
            series?: {
                [key: string]: components["schemas"]["MetricPoints"][];
            };
        };
        /**
         * @description All that is known of one run.
         *
         *     `outputs` is its manifest; `damaged` tells which of those files are not there as they were listed.
         *     `replay` is its last one; `replay_of` the run that this one is a replay of. `freed` tells that what it
         *     left was freed, when, and how much it was; it is empty otherwise.
         */
        RunDetails: {
            /** @default  */
            artifact_uri: string;
            /** @default [] */
            artifacts: string[];
            /** @default [] */
            cells: components["schemas"]["CellRecord"][];
            /** @default [] */
            damaged: string[];
            /** @default [] */
            datasets: components["schemas"]["DatasetVersion"][];
            /** @default  */
            freed: string;
            /** @default [] */
            order: components["schemas"]["OrderFinding"][];
            /** @default [] */
            outputs: components["schemas"]["Output"][];
            /** @default [] */
            parameters: components["schemas"]["RecordedParameter"][];
            /** @default null */
            provenance: components["schemas"]["Provenance"] | null;
            /** @default null */
            replay: components["schemas"]["RunReplay"] | null;
            /** @default null */
            replay_of: string | null;
            run: components["schemas"]["Run"];
        };
        /**
         * @description What separates two runs; each part is empty where they agree.
         *
         *     `code_known` is False where either run left no journal, so `cells` cannot tell. `notes` say what else
         *     cannot be told.
         */
        RunDiff: {
            cells: components["schemas"]["CellDifference"][];
            /** @default true */
            code_known: boolean;
            datasets: components["schemas"]["Difference"][];
            git: components["schemas"]["Difference"][];
            left: string;
            metrics: components["schemas"]["Difference"][];
            /** @default [] */
            notes: string[];
            packages: components["schemas"]["Difference"][];
            parameters: components["schemas"]["Difference"][];
            right: string;
        };
        /**
         * @description How a run came about.
         * @enum {string}
         */
        RunKind: "headless" | "session" | "cell" | "pipeline" | "predict" | "check" | "replay" | "user" | "ledger" | "monitor" | "dataset";
        /**
         * @description A headless run that is asked for: parameters as typed, by name; `register_as` is ``MODEL`` or
         *     ``MODEL=ARTIFACT``.
         */
        RunNotebook: {
            experiment?: string | null;
            parameters?: {
                [key: string]: string;
            };
            path: string;
            register_as?: string | null;
            timeout?: number | null;
        };
        /** @description Parameters on top of the schedule's own, as typed. */
        RunNow: {
            parameters?: {
                [key: string]: string;
            };
        };
        /**
         * @description Runs in order; `next` is the cursor of the page after, None on the last one: a run that begins
         *     meanwhile moves no other to another page. A page may hold fewer runs than were asked for, or none, and yet
         *     have a `next`: so far it was looked in the time that there was. `total` counts all that are found; None
         *     where counting takes too long. `experiments` and `metrics` are names to choose from. `note` tells what
         *     could not be looked for.
         */
        RunPage: {
            /** @default [] */
            experiments: string[];
            /** @default [] */
            metrics: string[];
            /** @default null */
            next: string | null;
            /** @default  */
            note: string;
            /** @default [] */
            rows: components["schemas"]["RunRow"][];
            /** @default null */
            total: number | null;
        };
        /**
         * @description A run of a pipeline that is asked for; what is cached is not run again, so that it goes on where the
         *     run with the id `resume` stopped, whose parameters it takes. See `NamedPipeline.run`.
         */
        RunPipeline: {
            /** @enum {string} */
            engine?: "local" | "dask";
            force?: boolean;
            only?: string[];
            parameters?: {
                [key: string]: string;
            };
            resume?: string | null;
            start?: string | null;
            workers?: number | null;
        };
        /**
         * @description How far a run that goes on is: `done` of `cells` cells; `cell` is the number, from 1, of the one that
         *     runs, since `began`, and `name` the first line of its source. `cells` is 0 where nothing tells how many
         *     there will be. Of a step of a pipeline `step` is its name, and the point of its grid. Of a pipeline's own
         *     run `pipeline` is its name, `step` those that run, with commas, and `done` and `cells` count steps.
         */
        RunProgress: {
            /** @default null */
            began: string | null;
            /** @default null */
            cell: number | null;
            /** @default 0 */
            cells: number;
            /** @default 0 */
            done: number;
            /** @default  */
            name: string;
            /** @default  */
            pipeline: string;
            run_id: string;
            /** @default  */
            step: string;
        };
        /**
         * @description The last time that a run was run again from its record: the verdict, as `ReplayVerdict` has it, the run
         *     that it was, None where it could not be run, the tolerance, and when.
         */
        RunReplay: {
            /** @default null */
            run_id: string | null;
            /** @default 0 */
            tolerance: number;
            verdict: string;
            /** @default null */
            when: string | null;
        };
        /** @description A run in a list, with the metric to draw, and its progress while it goes on. */
        RunRow: {
            /** @default null */
            progress: components["schemas"]["RunProgress"] | null;
            run: components["schemas"]["Run"];
            /** @default null */
            spark: components["schemas"]["MetricPoints"] | null;
        };
        /**
         * @description MLflow's five.
         * @enum {string}
         */
        RunStatus: "SCHEDULED" | "RUNNING" | "FINISHED" | "FAILED" | "KILLED";
        /**
         * @description What is to run, and when, as ``mlops.yaml`` declares it.
         *
         *     One of `notebook`, `pipeline` and `predict` runs, with `parameters` (in texts ``{slot:%Y-%m-%d}`` is the
         *     slot's time in the schedule's time zone). Its slots are told by one of `cron` (five fields, or ``@daily``
         *     and the like, read in `timezone`, by default UTC), `every` (seconds, counted from `start`, else from 1970)
         *     and `on`, from `start` and before `end`; a slot of a trigger has its time at once, or, where it
         *     waits for data, code or SQL, when the change is `quiet` seconds old.
         *
         *     A slot later than `grace` seconds is dealt with as `misfire` says; one that would be the run after `limit`
         *     at once as `overlap` says. A failed run is tried `retries` times again, after `backoff` seconds, doubled
         *     each time; none may take longer than `timeout`. `source` is ``now`` (the files as they are then),
         *     ``pinned`` (as they were when the schedule was added) or ``git:REF``. The model that a notebook logs is
         *     registered as `register`; what it or a pipeline registers becomes the challenger, and with `auto_promote`
         *     the champion, if its gates say so.
         */
        Schedule: {
            /** @default false */
            auto_promote: boolean;
            /** @default 60 */
            backoff: number;
            /** @default null */
            cron: string | null;
            /** @default null */
            end: string | null;
            /** @default null */
            every: number | null;
            /** @default null */
            experiment: string | null;
            /** @default 60 */
            grace: number;
            /** @default 1 */
            limit: number;
            /** @default latest */
            misfire: components["schemas"]["Misfire"];
            /** @default null */
            notebook: string | null;
            /** @default null */
            on: components["schemas"]["Trigger"] | null;
            /** @default skip */
            overlap: components["schemas"]["Overlap"];
            parameters?: {
                [key: string]: unknown;
            };
            /** @default null */
            pipeline: string | null;
            /** @default null */
            predict: components["schemas"]["Batch"] | null;
            /** @default 10 */
            quiet: number;
            /** @default null */
            register: string | null;
            /** @default 0 */
            retries: number;
            /** @default now */
            source: string;
            /** @default null */
            start: string | null;
            /** @default null */
            timeout: number | null;
            /** @default null */
            timezone: string | null;
        };
        /** @description One schedule with its next due times and its newest slots, newest first. */
        ScheduleDetails: {
            /** @default [] */
            slots: components["schemas"]["Slot"][];
            state: components["schemas"]["ScheduleState"];
            /** @default [] */
            upcoming: string[];
        };
        /** @description What the form that adds a schedule lets a person choose from. */
        ScheduleForm: {
            /** @default [] */
            misfires: string[];
            /** @default [] */
            notebooks: string[];
            /** @default [] */
            overlaps: string[];
            /** @default [] */
            pipelines: string[];
            /** @default [] */
            zones: string[];
        };
        /** @description A process that ticks: ``host:pid``, since when, and when it was last heard of. */
        Scheduler: {
            /** @default true */
            alive: boolean;
            /** Format: date-time */
            heard: string;
            owner: string;
            /** Format: date-time */
            since: string;
            /**
             * @default command
             * @enum {string}
             */
            where: "command" | "once" | "jupyter";
        };
        /** @description Who ticks, what runs and who runs it, what is late, what is next. */
        SchedulerStatus: {
            /** @default [] */
            late: components["schemas"]["Slot"][];
            /** @default [] */
            notes: string[];
            /** @default [] */
            running: components["schemas"]["Slot"][];
            /** @default [] */
            schedulers: components["schemas"]["Scheduler"][];
            /** @default [] */
            upcoming: components["schemas"]["ScheduleState"][];
        };
        /**
         * @description A schedule, and where it stands; of one that a monitor implies there is no `schedule`. `target` is what
         *     runs and `when`, in words; `note` tells what keeps it from running, such as a notebook that is gone;
         *     `paused` by whom and since when. `counts` are its slots by status.
         */
        ScheduleState: {
            counts?: {
                [key: string]: number;
            };
            /** @default null */
            last: components["schemas"]["Slot"] | null;
            name: string;
            /** @default null */
            next: string | null;
            /** @default  */
            note: string;
            /** @default null */
            paused: string | null;
            /** @default 0 */
            running: number;
            /** @default null */
            schedule: components["schemas"]["Schedule"] | null;
            /** @default  */
            target: string;
            /** @default 0 */
            waiting: number;
            /** @default  */
            when: string;
        };
        /**
         * @description How far the values of a column on the one side lie from those on the other.
         *
         *     `measure` names the statistic that `effect` is: ``normed Wasserstein`` (distance over the reference's
         *     standard deviation) for numbers and times, ``Jensen-Shannon`` (distance, base 2, 0 to 1) for categories.
         *     `statistics` holds the others by name: ``psi``, ``ks``, ``chi_square``, ``missing`` (difference of the
         *     missing rates). `p_value` is of the matching test, where there are enough values.
         */
        Shift: {
            effect: number;
            measure: string;
            /** @default null */
            p_value: number | null;
            /**
             * @default none
             * @enum {string}
             */
            size: "none" | "small" | "medium" | "large";
            statistics?: {
                [key: string]: number;
            };
        };
        /**
         * @description One due time of a schedule, and what became of it.
         *
         *     `key` tells it from all others of the schedule: the due time in UTC, or what changed. `not_before` is when
         *     the next try may begin. `outcome` is how its last run ended, `run_id` that run. `owner` is who runs it:
         *     ``host:pid``. `requester` is who asked for a manual one or a backfill. `parameters` come on top of the
         *     schedule's own.
         */
        Slot: {
            /** @default 0 */
            attempt: number;
            /** @default null */
            created: string | null;
            /** Format: date-time */
            due: string;
            /** @default null */
            ended: string | null;
            id: number;
            key: string;
            kind: components["schemas"]["SlotKind"];
            /** @default null */
            not_before: string | null;
            /** @default null */
            outcome: components["schemas"]["RunStatus"] | null;
            /** @default null */
            owner: string | null;
            parameters?: {
                [key: string]: unknown;
            };
            /** @default null */
            requester: string | null;
            /** @default null */
            run_id: string | null;
            schedule: string;
            /** @default null */
            started: string | null;
            status: components["schemas"]["SlotStatus"];
            /** @default  */
            why: string;
        };
        /**
         * @description Why there is a slot.
         * @enum {string}
         */
        SlotKind: "time" | "trigger" | "manual" | "backfill" | "retrain";
        /**
         * @description Where a slot is. The last three are its ends, of which each slot gets one.
         * @enum {string}
         */
        SlotStatus: "due" | "running" | "ran" | "skipped" | "coalesced";
        /** @description A watermark: what the `query`, asked of the database at the URL `at`, answers in its first row. */
        SqlWatch: {
            at: string;
            query: string;
        };
        /** @description What a step made for one of its outputs: content digest, size in bytes, whether it is a folder. */
        StepOutput: {
            digest: string;
            /** @default false */
            folder: boolean;
            size: number;
        };
        /**
         * @description A step, or one point of its grid (`point`, such as ``C=0.1``), in a run of its pipeline.
         *
         *     `why` says in words why it is in its state: what changed, whose failure stopped it. `cell` and `cells`
         *     count the cells done and all. `selected` marks the best point of a grid.
         */
        StepRun: {
            /** @default 1 */
            attempt: number;
            /** @default 0 */
            cell: number;
            /** @default 0 */
            cells: number;
            /** @default null */
            ended: string | null;
            /** @default null */
            error: string | null;
            metrics?: {
                [key: string]: number;
            };
            outputs?: {
                [key: string]: components["schemas"]["StepOutput"];
            };
            parameters?: {
                [key: string]: string;
            };
            /** @default  */
            point: string;
            /** @default  */
            run_id: string;
            /** @default false */
            selected: boolean;
            /** @default null */
            started: string | null;
            /** @default waiting */
            state: components["schemas"]["StepState"];
            step: string;
            /** @default  */
            why: string;
        };
        /**
         * @description What is known of a step, or of one point of its grid.
         * @enum {string}
         */
        StepState: "waiting" | "running" | "cached" | "finished" | "failed" | "cancelled" | "skipped" | "not run" | "stale";
        /**
         * @description What has changed: a page asks anew for what it shows of that.
         * @enum {string}
         */
        Topic: "runs" | "pipelines" | "schedules" | "models" | "data" | "config";
        /**
         * @description What a schedule waits for, where it is not a time. One of:
         *
         *     `data`: files, folders, patterns, URLs or ``dataset:NAME``, of which one changed; what is gone is no
         *     change, until it is back with other content. `sql`: a watermark that moved.
         *     `code`: notebooks (their source; outputs do not count), modules or folders, or ``git:PATH``: what is
         *     committed of it. `run`: the pipeline, notebook or schedule of this name ended well. `metric`: a condition
         *     such as ``accuracy < 0.8`` that a new run of `of` (a pipeline, notebook or ``monitor:NAME``) meets.
         *     `drift`: the monitor of this name found a breach. `webhook`: somebody calls.
         */
        Trigger: {
            /** @default [] */
            code: string[];
            /** @default [] */
            data: string[];
            /** @default null */
            drift: string | null;
            /** @default null */
            metric: string | null;
            /** @default null */
            of: string | null;
            /** @default null */
            run: string | null;
            /** @default null */
            sql: components["schemas"]["SqlWatch"] | null;
            /** @default null */
            webhook: components["schemas"]["HookWatch"] | null;
        };
        /** @description When that would be, in words, and its next times; or what is wrong with it. */
        WhenPreview: {
            /** @default  */
            error: string;
            /** @default [] */
            times: string[];
            /** @default  */
            words: string;
        };
        /**
         * @description Something long that the server does for a page, in a process of its own: `verb` on `subject`. `run_id`
         *     is the run that it made, as soon as there is one; `said` how far it is, in a line. `result` is what it
         *     found, an entity of the kind `kind`, once it has ended; in a list, and in the stream where it is long, it
         *     is left out: ask for the work itself. `problem` and `hint` tell why it failed, `exit_code` as the command
         *     line would: 3 where a gate said no, whose report is then the result.
         */
        Work: {
            /** Format: date-time */
            began: string;
            /** @default null */
            ended: string | null;
            /** @default 0 */
            exit_code: number;
            /** @default  */
            folder: string;
            /** @default  */
            hint: string;
            id: string;
            /** @default  */
            kind: string;
            /** @default  */
            problem: string;
            /** @default null */
            result: {
                [key: string]: unknown;
            } | null;
            /** @default null */
            run_id: string | null;
            /** @default  */
            said: string;
            /** @default running */
            state: components["schemas"]["WorkState"];
            /** @default  */
            subject: string;
            verb: components["schemas"]["WorkVerb"];
        };
        /**
         * @description Where a work is.
         * @enum {string}
         */
        WorkState: "waiting" | "running" | "done" | "failed" | "cancelled";
        /**
         * @description What a work does.
         * @enum {string}
         */
        WorkVerb: "run" | "pipeline" | "gates" | "promote" | "rollback" | "approve" | "reject" | "diff" | "drift";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AddSchedule = components['schemas']['AddSchedule'];
export type Batch = components['schemas']['Batch'];
export type CardPage = components['schemas']['CardPage'];
export type CellBadge = components['schemas']['CellBadge'];
export type CellDifference = components['schemas']['CellDifference'];
export type CellRecord = components['schemas']['CellRecord'];
export type CellStatus = components['schemas']['CellStatus'];
export type Change = components['schemas']['Change'];
export type ColumnDiff = components['schemas']['ColumnDiff'];
export type ColumnDrift = components['schemas']['ColumnDrift'];
export type ColumnKind = components['schemas']['ColumnKind'];
export type ColumnProfile = components['schemas']['ColumnProfile'];
export type DataDiff = components['schemas']['DataDiff'];
export type DatasetDetails = components['schemas']['DatasetDetails'];
export type DatasetPage = components['schemas']['DatasetPage'];
export type DatasetSummary = components['schemas']['DatasetSummary'];
export type DatasetUse = components['schemas']['DatasetUse'];
export type DatasetVersion = components['schemas']['DatasetVersion'];
export type DataSides = components['schemas']['DataSides'];
export type Decay = components['schemas']['Decay'];
export type Decision = components['schemas']['Decision'];
export type Difference = components['schemas']['Difference'];
export type DriftReport = components['schemas']['DriftReport'];
export type DriftState = components['schemas']['DriftState'];
export type ExecutedNotebook = components['schemas']['ExecutedNotebook'];
export type FormField = components['schemas']['FormField'];
export type GateReport = components['schemas']['GateReport'];
export type GateResult = components['schemas']['GateResult'];
export type GateStatus = components['schemas']['GateStatus'];
export type GitState = components['schemas']['GitState'];
export type Hardware = components['schemas']['Hardware'];
export type Histogram = components['schemas']['Histogram'];
export type History = components['schemas']['History'];
export type HookWatch = components['schemas']['HookWatch'];
export type LedgerAction = components['schemas']['LedgerAction'];
export type LedgerEntry = components['schemas']['LedgerEntry'];
export type LedgerFinding = components['schemas']['LedgerFinding'];
export type Lineage = components['schemas']['Lineage'];
export type LineageLink = components['schemas']['LineageLink'];
export type LineageNode = components['schemas']['LineageNode'];
export type LogText = components['schemas']['LogText'];
export type MetricChange = components['schemas']['MetricChange'];
export type MetricPoints = components['schemas']['MetricPoints'];
export type Misfire = components['schemas']['Misfire'];
export type ModelDetails = components['schemas']['ModelDetails'];
export type ModelSummary = components['schemas']['ModelSummary'];
export type ModelVersion = components['schemas']['ModelVersion'];
export type Monitor = components['schemas']['Monitor'];
export type MonitorReading = components['schemas']['MonitorReading'];
export type MonitorState = components['schemas']['MonitorState'];
export type NotebookBadges = components['schemas']['NotebookBadges'];
export type NotebookInfo = components['schemas']['NotebookInfo'];
export type OrderFinding = components['schemas']['OrderFinding'];
export type Output = components['schemas']['Output'];
export type Overlap = components['schemas']['Overlap'];
export type PipelineDetails = components['schemas']['PipelineDetails'];
export type PipelineRun = components['schemas']['PipelineRun'];
export type PipelineSummary = components['schemas']['PipelineSummary'];
export type Problem = components['schemas']['Problem'];
export type Profile = components['schemas']['Profile'];
export type ProjectInfo = components['schemas']['ProjectInfo'];
export type Provenance = components['schemas']['Provenance'];
export type RecordedParameter = components['schemas']['RecordedParameter'];
export type Restore = components['schemas']['Restore'];
export type RestoredNotebook = components['schemas']['RestoredNotebook'];
export type Retrain = components['schemas']['Retrain'];
export type RowDiff = components['schemas']['RowDiff'];
export type Run = components['schemas']['Run'];
export type RunComparison = components['schemas']['RunComparison'];
export type RunDetails = components['schemas']['RunDetails'];
export type RunDiff = components['schemas']['RunDiff'];
export type RunKind = components['schemas']['RunKind'];
export type RunNotebook = components['schemas']['RunNotebook'];
export type RunNow = components['schemas']['RunNow'];
export type RunPage = components['schemas']['RunPage'];
export type RunPipeline = components['schemas']['RunPipeline'];
export type RunProgress = components['schemas']['RunProgress'];
export type RunReplay = components['schemas']['RunReplay'];
export type RunRow = components['schemas']['RunRow'];
export type RunStatus = components['schemas']['RunStatus'];
export type Schedule = components['schemas']['Schedule'];
export type ScheduleDetails = components['schemas']['ScheduleDetails'];
export type ScheduleForm = components['schemas']['ScheduleForm'];
export type Scheduler = components['schemas']['Scheduler'];
export type SchedulerStatus = components['schemas']['SchedulerStatus'];
export type ScheduleState = components['schemas']['ScheduleState'];
export type Shift = components['schemas']['Shift'];
export type Slot = components['schemas']['Slot'];
export type SlotKind = components['schemas']['SlotKind'];
export type SlotStatus = components['schemas']['SlotStatus'];
export type SqlWatch = components['schemas']['SqlWatch'];
export type StepOutput = components['schemas']['StepOutput'];
export type StepRun = components['schemas']['StepRun'];
export type StepState = components['schemas']['StepState'];
export type Topic = components['schemas']['Topic'];
export type Trigger = components['schemas']['Trigger'];
export type WhenPreview = components['schemas']['WhenPreview'];
export type Work = components['schemas']['Work'];
export type WorkState = components['schemas']['WorkState'];
export type WorkVerb = components['schemas']['WorkVerb'];
export type $defs = Record<string, never>;
export interface operations {
    get_comparison: {
        parameters: {
            query: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                run: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunComparison"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_data_diff: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DataSides"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_data_drift: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DataSides"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_datasets: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetSummary"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_datasets_dataset: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                version?: number | null;
            };
            header?: never;
            path: {
                dataset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetPage"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_datasets_dataset_lineage: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                version?: number | null;
            };
            header?: never;
            path: {
                dataset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lineage"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_diff: {
        parameters: {
            query: {
                left: string;
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                right: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDiff"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_events: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description for as long as the connection lasts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Change"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_models: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelSummary"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_models_model: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelDetails"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_models_model_approve: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_models_model_card: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                version?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CardPage"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_models_model_diff: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                version?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDiff"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_models_model_gates: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_models_model_promote: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_models_model_reject: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_models_model_rollback: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_monitors: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitorState"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_monitors_monitor: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                monitor: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitorState"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_notebook: {
        parameters: {
            query: {
                path: string;
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotebookInfo"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_notebook_badges: {
        parameters: {
            query: {
                path: string;
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotebookBadges"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_notebook_run: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunNotebook"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_pipelines: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineSummary"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_pipelines_pipeline: {
        parameters: {
            query?: {
                now?: boolean;
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                pipeline: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineDetails"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_pipelines_pipeline_run: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                pipeline: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunPipeline"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_pipelines_pipeline_runs_run: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                pipeline: string;
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineRun"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_progress: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunProgress"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_project: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectInfo"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_runs: {
        parameters: {
            query?: {
                cursor?: string | null;
                experiment?: string | null;
                kind?: ("headless" | "session" | "cell" | "pipeline" | "predict" | "check" | "replay" | "user" | "ledger" | "monitor" | "dataset")[];
                limit?: number;
                metric?: string | null;
                notebook?: string | null;
                order_by?: string | null;
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                search?: string;
                status?: ("SCHEDULED" | "RUNNING" | "FINISHED" | "FAILED" | "KILLED")[];
                where?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_runs_run: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetails"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_runs_run_cancel: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_runs_run_log: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogText"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_runs_run_metrics: {
        parameters: {
            query?: {
                metric?: string[];
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricPoints"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_runs_run_notebook: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutedNotebook"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_runs_run_restore: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Restore"];
            };
        };
        responses: {
            /** @description done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RestoredNotebook"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_schedule_form: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleForm"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_schedule_preview: {
        parameters: {
            query?: {
                mode?: "cron" | "every" | "data";
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                timezone?: string;
                when?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhenPreview"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_scheduler: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulerStatus"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_schedules: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleState"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_schedules: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddSchedule"];
            };
        };
        responses: {
            /** @description done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleState"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_schedules_schedule: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
                slots?: number;
            };
            header?: never;
            path: {
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleDetails"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_schedules_schedule: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleState"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_schedules_schedule_pause: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleState"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_schedules_schedule_resume: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleState"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_schedules_schedule_run: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                schedule: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunNow"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Slot"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_work: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"][];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_work_work: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                work: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_work_work_cancel: {
        parameters: {
            query?: {
                /** @description a folder or notebook of the project, below the server's root; by default that root */
                project?: string;
            };
            header?: never;
            path: {
                work: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Work"];
                };
            };
            /** @description why not */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
