"""The tables of ``.mlops/scheduler.db``.

Times are texts in UTC, all of one form, so that they sort. What is asked of many schedules or slots at once
has an index or is kept on the schedule (its counts, its last slot), so that old slots cost nothing. Those
that are over are found by schedule only.
"""

VERSION = 2
ADDED = {  # to the tables, by the versions that had them first
    2: (
        "ALTER TABLE schedules ADD COLUMN pauses TEXT",
        "ALTER TABLE schedules ADD COLUMN gone REAL",
    ),
}

SCHEMA = """
CREATE TABLE IF NOT EXISTS schedules (
    name TEXT PRIMARY KEY,
    declared INTEGER NOT NULL DEFAULT 1,   -- 0: it is gone from mlops.yaml, its slots remain
    times TEXT NOT NULL DEFAULT '',        -- what tells its due times, as it was declared
    cursor TEXT NOT NULL,                  -- due times up to this one were looked at
    next TEXT,                             -- its next due time; '' where that has to be found out
    paused_by TEXT,                        -- who paused it, empty if nobody said
    paused_at TEXT,
    pause_slot INTEGER,                    -- the slot that tells of the due times since then
    pause_missed INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    ran INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    coalesced INTEGER NOT NULL DEFAULT 0,
    pruned INTEGER NOT NULL DEFAULT 0,     -- of these, so many are no longer kept
    last INTEGER,                          -- the slot that began or ended last
    memory TEXT,                           -- what a trigger saw last
    remembered INTEGER NOT NULL DEFAULT 0, -- how many times that was written
    pauses TEXT,                           -- those that are over, whose due times were not all looked at yet
    gone REAL                              -- since when it is gone, and may come back as it was; by the epoch
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS schedules_next ON schedules (next) WHERE declared;
CREATE INDEX IF NOT EXISTS schedules_cursor ON schedules (cursor);
CREATE INDEX IF NOT EXISTS schedules_gone ON schedules (gone) WHERE gone IS NOT NULL;

CREATE TABLE IF NOT EXISTS slots (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    due TEXT NOT NULL,
    status TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    outcome TEXT,
    run_id TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    not_before TEXT,
    owner TEXT,
    requester TEXT,
    created TEXT NOT NULL,
    started TEXT,
    ended TEXT,
    parameters TEXT NOT NULL DEFAULT '{}',
    patient INTEGER NOT NULL DEFAULT 0,    -- it waits where there is no room, whatever the overlap policy
    token TEXT,                            -- whoever holds the slot knows it
    lease REAL,                            -- until when, by the uptime of the machine's run `boot`
    span REAL,                             -- the seconds for which one renewal holds it
    boot TEXT,
    host TEXT,
    heard REAL,                            -- the last beat, in seconds since the epoch
    worker INTEGER,                        -- its process, which has begun, and when that was started
    worker_started REAL,
    doubted INTEGER NOT NULL DEFAULT 0,    -- the lease ran out once, and was not renewed yet
    unbegun INTEGER NOT NULL DEFAULT 0,    -- so many workers did not come up
    cancel TEXT,                           -- why it is to end
    retries INTEGER NOT NULL DEFAULT 0,    -- the schedule's, as it was when the run was begun
    backoff REAL NOT NULL DEFAULT 0,
    UNIQUE (schedule, key)
);
CREATE INDEX IF NOT EXISTS slots_of_schedule ON slots (schedule, due);
CREATE INDEX IF NOT EXISTS slots_waiting ON slots (schedule, due) WHERE status = 'due';
CREATE INDEX IF NOT EXISTS slots_running ON slots (schedule) WHERE status = 'running';

CREATE TABLE IF NOT EXISTS schedulers (
    owner TEXT PRIMARY KEY,
    place TEXT NOT NULL,
    since TEXT NOT NULL,
    heard TEXT NOT NULL,
    boot TEXT NOT NULL,
    uptime REAL NOT NULL                   -- when it was last heard of, see slots.lease
) WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS slot_added AFTER INSERT ON slots BEGIN
    UPDATE schedules SET
        due = due + (NEW.status = 'due'),
        running = running + (NEW.status = 'running'),
        ran = ran + (NEW.status = 'ran'),
        skipped = skipped + (NEW.status = 'skipped'),
        coalesced = coalesced + (NEW.status = 'coalesced'),
        last = CASE WHEN NEW.status = 'due' THEN last ELSE NEW.id END
    WHERE name = NEW.schedule;
END;
CREATE TRIGGER IF NOT EXISTS slot_moved AFTER UPDATE OF status ON slots WHEN NEW.status <> OLD.status BEGIN
    UPDATE schedules SET
        due = due + (NEW.status = 'due') - (OLD.status = 'due'),
        running = running + (NEW.status = 'running') - (OLD.status = 'running'),
        ran = ran + (NEW.status = 'ran') - (OLD.status = 'ran'),
        skipped = skipped + (NEW.status = 'skipped') - (OLD.status = 'skipped'),
        coalesced = coalesced + (NEW.status = 'coalesced') - (OLD.status = 'coalesced'),
        last = NEW.id
    WHERE name = NEW.schedule;
END;
"""
