#!/usr/bin/env bash
# Makes the workspace that is frozen for a schema: `make.sh PROGRAM N` writes vN.db.gz beside this script.
#
# PROGRAM is a rolecall of that schema: the release itself, or a build of its commit. What was once made is never made
# again, since the point is that it was written by the program of its day. Run it as root: the host's name, which the
# journal keeps, is set aside for it.
set -euo pipefail
program=$(realpath "$1") schema=$2 here=$(realpath "$(dirname "$0")")
if [ "${NAMED:-}" != yes ]; then
    NAMED=yes exec unshare --uts bash -c 'hostname maker.example; exec bash "$0" "$@"' "$0" "$program" "$schema"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export HOME=$folder ROLECALL_DB=$folder/w.db

run() { "$program" "$@" >said || { echo "refused: $*" >&2; exit 1; }; }
token() { grep -o 'rolecall accept [a-z0-9]*' said | head -1 | cut -d' ' -f3; }
last() { "$program" "${1:-invite}" list --format json | grep -o "\"${2:-invitation}\":[0-9]*" | tail -1 | cut -d: -f2; }

run init --name Northlight --owner dana@nl.example
run ceiling relaxed
run folder add Retail --key retail
run folder add Shoes --key shoes --parent retail
run person add ana@acme.example --name 'Ana Ruiz'
run person add bo@nl.example --name Bo
run person add cy@corp.example --name Cy
run site add Acme --key acme --url https://acme.example --folder shoes --owner ana@acme.example --host agency --install 'Wix Stores'
run site add Corp --key corp --owner cy@corp.example
run contact add 'Ana Ruiz' --email ana@acme.example
run contact add Walk-in
run contact edit Walk-in --name 'Walked in'
run person edit bo@nl.example --name 'Bo Berg'
run folder edit shoes --name 'Shoes and boots'
run site edit acme --name 'Acme Boots' --install 'Wix Blog'
run role add Helper --key helper --level both --permissions stores.orders.manage
run role edit helper --about 'Lends a hand'
run role grant helper blog.posts.publish_all
run role pin helper stores.orders.view
run role revoke helper blog.posts.publish_all
run role duplicate helper 'Second helper' --key second-helper
run assign bo@nl.example helper --site acme --since 2026-01-01 --until 2040-01-31 --reason 'Winter sale'
run assign bo@nl.example website-manager --folder retail
run assign cy@corp.example helper --everywhere
run unassign cy@corp.example helper --everywhere
cat >more.jsonl <<'END'
{"type":"catalog","platform":"mini","categories":["A"],"ceilings":{"strict":{"site":["a.edit"],"team":[]}},"permissions":[{"id":"a.view","label":"View A","category":"A"},{"id":"a.edit","label":"Edit A","category":"A","requires":["a.view"]}]}
{"type":"role","key":"viewer","name":"Viewer","platform":"mini","level":"site","permissions":["a.view"]}
{"type":"site","key":"small","name":"Small","platform":"mini","owner":"ana@acme.example"}
{"type":"person","email":"eve@x.example","name":"Eve"}
{"type":"contact","name":"Eve","email":"eve@x.example","status":"lead","labels":["vip"],"notes":"met at a fair"}
{"type":"assignment","person":"eve@x.example","role":"viewer","level":"site","scope":{"site":"small"}}
END
run import bundle more.jsonl
run undo
run redo
run folder add Gone --key gone
run folder remove gone
run contact remove 'Walked in'

if [ "$schema" -ge 2 ]; then
    run assign cy@corp.example helper --site acme --review 2039-06-30
    run site edit acme --editor Studio
    run team edit --line 'Sites that sell' --seats 9 --request-days 14
    run person bind bo@nl.example --uid 4242
    run person unbind --uid 4242
    run invite send gil@x.example --role helper --site acme
    run accept "$(token)" --email gil@y.example
    run invite send hal@x.example ida@x.example --role website-manager --folder retail
    run invite resend "$(last)"
    run invite cancel "$(last)"
    run invite send jo@x.example --role helper --site acme --client --until 2039-01-01 --note 'Hello'
    run invite decline "$(last)"
    run person add kim@nl.example --name Kim
    run request send --contact ana@acme.example --about 'The boots' --role helper --person kim@nl.example
    run request approve "$(last request request)" --site acme
    run accept "$(token)"
    run request send --contact eve@x.example --about 'The small one' --role helper --person bo@nl.example
    run request resend "$(last request request)"
    run request decline "$(last request request)"
    run transfer send corp --to ana@acme.example --keep website-manager
    run accept "$(token)"
    run partner propose corp
    run accept "$(token)"
    run partner reclaim corp
    run site edit acme --host owner
    run transfer send acme --to cy@corp.example
    run --as cy@corp.example leave --site acme
    run expel gil@y.example --site acme
    run role remove second-helper
    run assign bo@nl.example helper --site corp
    run role duplicate helper 'Third helper' --key third-helper
    run role remove helper --replace-with third-helper
    run offboard bo@nl.example --apply
fi
if [ "$schema" -ge 3 ]; then
    run ceiling wix strict
fi
if [ "$schema" -ge 5 ]; then
    run audit accept one-keyholder:dana@nl.example --until 2040-01-31 --because 'Two of us'
    run audit accept one-keyholder:dana@nl.example --until 2041-01-31 --because 'Still two'
    run audit withdraw one-keyholder:dana@nl.example
    run audit set one-publisher people 3
fi
if [ "$schema" -ge 6 ]; then
    "$program" export bundle | sed '/"key":"small"/s/"owner":"ana@acme.example"/"owner":"dana@nl.example"/' >desired.jsonl
    "$program" plan --to desired.jsonl --out plan.jsonl >said || [ $? = 1 ]
    run apply plan.jsonl
    run assign ana@acme.example website-manager --everywhere
    run review start spring --everywhere --due 2040-01-31 --by dana@nl.example
    run review decide spring 1 --keep --look 2040-06-30 --because 'Needs it'
    run review decide spring 1 --undecided
    run review decide spring 1 --take
    run review finish spring
    run review start none --person ana@acme.example
    run review finish none
fi
run verify
gzip -9nc w.db >"$here/v$schema.db.gz"
ls -l "$here/v$schema.db.gz"
