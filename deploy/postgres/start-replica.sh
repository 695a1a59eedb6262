#!/usr/bin/env bash
# Starts a streaming replica; the first time, it copies the primary. Run by the image of PostgreSQL as the user postgres.
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  exec gosu postgres bash "$0"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  rm -rf "${PGDATA:?}"/*
  export PGPASSWORD="$REPLICATION_PASSWORD"
  pg_basebackup --dbname "host=$PRIMARY_HOST user=replicator application_name=$HOSTNAME" \
    --pgdata "$PGDATA" --write-recovery-conf --wal-method stream --checkpoint fast
fi
exec postgres -c hot_standby=on
