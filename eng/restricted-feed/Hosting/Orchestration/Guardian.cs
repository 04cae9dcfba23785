using System.Diagnostics;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Ends what the AppHost started when the AppHost can't do it any more, as after a `kill -9`: a shell in a session of its own
/// that reads the processes' ids from a pipe. The AppHost alone holds the other end, so the end of input means that it is gone.
/// </summary>
internal sealed class Guardian : IDisposable
{
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' INT HUP QUIT TERM
        pids=
        while read -r change pid; do
          case $change in
            +) pids="$pids $pid" ;;
            -) kept=; for p in $pids; do [ "$p" = "$pid" ] || kept="$kept $p"; done; pids=$kept ;;
          esac
        done
        signal() { for p in $pids; do kill -"$1" -- "-$p" || kill -"$1" "$p"; done; }
        alive() { for p in $pids; do kill -0 -- "-$p" && return 0; kill -0 "$p" && return 0; done; return 1; }
        signal TERM
        for _ in 1 2 3 4 5 6 7 8 9 10; do alive || exit; sleep 1; done
        signal KILL
        """;

    private readonly Process _shell;
    private readonly Lock _lock = new();

    public Guardian()
    {
        var start = ProcessSession.InOneOfItsOwn("/bin/sh", ["-c", Script]);
        start.RedirectStandardInput = true;
        _shell = Process.Start(start)!;
        _shell.StandardInput.AutoFlush = true;
    }

    public void Watch(int pid) => Tell('+', pid);
    public void Forget(int pid) => Tell('-', pid);

    public void Dispose()
    {
        lock (_lock) _shell.StandardInput.Dispose();
        _shell.Dispose();
    }

    private void Tell(char change, int pid)
    {
        lock (_lock) _shell.StandardInput.Write($"{change} {pid}\n");
    }
}
