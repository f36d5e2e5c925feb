# A made-up machine for programs to be recorded on: run as root within namespaces of its own (see record.py), it ends in
# the program given as arguments. Nothing of the real machine is in sight but its kernel and its clock.
set -eu
hostname node
mount -t tmpfs -o size=256m tmpfs /home
mkdir -p /home/demo/project/src /home/demo/project/docs /home/demo/tmp
cd /home/demo

cat >tmp/meminfo <<'END'
MemTotal:        8000000 kB
MemFree:         3000000 kB
MemAvailable:    5000000 kB
Buffers:          200000 kB
Cached:          1800000 kB
SwapCached:            0 kB
SwapTotal:       2000000 kB
SwapFree:        1500000 kB
Shmem:            100000 kB
SReclaimable:     100000 kB
END
echo '93784.12 180000.00' >tmp/uptime
echo '0.42 0.37 0.31 1/90 4242' >tmp/loadavg
for name in meminfo uptime loadavg; do mount --bind "tmp/$name" "/proc/$name"; done

{
    echo '# Notes'
    echo
    for number in $(seq 1 60); do
        case $((number % 6)) in
        0) echo "- [ ] item $number: naïve café, übergrößen, œuvre" ;;
        1) echo "- [x] item $number: 東京 and 서울 are wide, 北京 too" ;;
        2) echo "- item $number with a line that is long enough to be wrapped by every pager and every editor on a terminal that has eighty columns, and on one of a hundred and twenty as well" ;;
        3) echo "" ;;
        4) printf 'column\tof\ttabs\t%d\n' "$number" ;;
        5) echo "> quoted $number: ─── │ ┌ ┐ → ✓ ✗ …" ;;
        esac
    done
} >project/docs/notes.md
cat >project/src/server.py <<'END'
"""A small server that greets."""

import asyncio
import json

GREETINGS = {"en": "hello", "de": "guten Tag", "ja": "こんにちは", "ru": "привет"}


async def greet(reader, writer):
    """Answer one line with a greeting."""
    line = (await reader.readline()).decode("utf-8", "replace").strip()
    answer = {"greeting": GREETINGS.get(line, "?"), "length": len(line)}
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()
    writer.close()


async def main(port=8080):
    server = await asyncio.start_server(greet, "127.0.0.1", port)
    async with server:  # until it is stopped
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
END
cat >project/docs/demo.1 <<'END'
.TH DEMO 1 "January 2026" "demo 1.0" "User Commands"
.SH NAME
demo \- shows how a manual page looks
.SH SYNOPSIS
.B demo
[\fB\-v\fR] [\fB\-\-colour\fR=\fIwhen\fR] \fIfile\fR ...
.SH DESCRIPTION
.B demo
reads each \fIfile\fR and prints what it finds, in \fBbold\fR where that is of weight and \fIunderlined\fR where it is
a name. It does nothing else, and does that slowly; whoever needs it done fast uses another program.
.SH OPTIONS
.TP
\fB\-v\fR, \fB\-\-verbose\fR
Tell more.
.TP
\fB\-\-colour\fR=\fIwhen\fR
One of \fIalways\fR, \fInever\fR and \fIauto\fR.
.SH EXAMPLES
.nf
demo \-v one two three
demo \-\-colour=never *.txt | sort | uniq \-c
.fi
.SH EXIT STATUS
0 if all went well, 1 if a file could not be read, 2 for anything else.
.SH ENVIRONMENT
.TP
.B DEMO_COLOURS
Pairs of words and colours, with colons between them.
.SH FILES
.TP
.I ~/.demorc
Read at the start.
.SH BUGS
None that are known.
.SH SEE ALSO
.BR cat (1),
.BR less (1)
END
printf 'set nocompatible number hlsearch laststatus=2 mouse=a noswapfile viminfo= ruler showcmd\nsyntax on\n' >.vimrc
printf 'set -g status-right "#H"\nset -g default-command "bash --norc --noprofile"\nset -g mouse on\n' >.tmux.conf
printf 'GET / 200\nGET /missing 404\n' >project/access.log
: >project/src/__init__.py
ln -s docs/notes.md project/README
chmod +x project/src/server.py
find project -exec touch -h -d '2026-01-02 03:04:05' {} +
touch -d '2026-01-02 03:04:05' . project

for name in web-worker db-writer queue-runner log-shipper; do
    (exec -a "/srv/bin/$name --config /etc/$name.conf" sleep 3600) &
done
export PS1="demo@node:\\w\\$ "
cd project
exec "$@"
