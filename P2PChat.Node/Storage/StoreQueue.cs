using System.Diagnostics;

namespace P2PChat.Node.Storage;

/// <summary>
/// Hands work to the writer thread, in batches: while one is being written, the next gathers. Thread-safe.
/// </summary>
/// <param name="gathering">
/// How long work that nobody waits for may gather, so that not each piece wakes the thread.
/// </param>
internal sealed class StoreQueue(TimeSpan gathering)
{
    /// <summary>Maximum number of pieces of work that gather before they are written.</summary>
    public const int MaxGathered = 4096;

    private const long MaxWaitingBytes = 64 * 1024 * 1024;
    private const long MaxGatheredBytes = MaxWaitingBytes / 16;

    // A Monitor, because a Lock cannot be waited on.
    private readonly object _gate = new();
    private List<StoreWork> _works = [];
    private List<StoreCall> _calls = [];
    private long _waitingBytes;
    private long _added;
    private long _written;
    private int _holders;
    private bool _isUrgent;
    private bool _isClosed;

    /// <summary>Adds work. Blocks while too many bytes are waiting.</summary>
    /// <param name="mayGather">Whether nobody waits for it, so that it may be written together with later work.</param>
    public void Add(StoreWork work, bool mayGather)
    {
        lock (_gate)
        {
            while (_waitingBytes > MaxWaitingBytes && !_isClosed)
            {
                Monitor.Wait(_gate);
            }

            _works.Add(work);
            _waitingBytes += work.Bytes;
            _added++;
            var becomesUrgent =
                !_isUrgent
                && ((!mayGather && _holders == 0) || _works.Count >= MaxGathered || _waitingBytes >= MaxGatheredBytes);
            _isUrgent |= becomesUrgent;
            // Otherwise the thread is awake already.
            if (_works.Count == 1 || becomesUrgent)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Adds a call, which runs after all work that was added before.</summary>
    /// <returns>False after <see cref="Close"/>.</returns>
    public bool TryAdd(StoreCall call)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _calls.Add(call);
            _isUrgent |= _holders == 0;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>
    /// Lets work gather until <see cref="Release"/>, even if somebody waits for it, so that it is written together.
    /// Gathers no longer than other work.
    /// </summary>
    public void Hold()
    {
        lock (_gate)
        {
            _holders++;
        }
    }

    /// <summary>Writes what has gathered since <see cref="Hold"/>.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _holders--;
            if (_works.Count > 0 || _calls.Count > 0)
            {
                WriteSoon();
            }
        }
    }

    /// <summary>
    /// Waits until all work that was added so far is written, or the timeout is over. Does not wait for calls.
    /// </summary>
    public void WaitUntilWritten(TimeSpan timeout)
    {
        var begun = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            var added = _added;
            if (_written < added)
            {
                WriteSoon();
            }

            while (
                _written < added
                && !_isClosed
                && timeout - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } left
                && Monitor.Wait(_gate, left)
            ) { }
        }
    }

    /// <summary>Ends the queue. The thread still takes the remaining work.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            WriteSoon();
        }
    }

    /// <summary>For the writer thread: waits for work, and takes all of it.</summary>
    /// <param name="works">Empty on entry; then the work.</param>
    /// <param name="calls">Empty on entry; then the calls.</param>
    /// <param name="idleTimeout">How long to wait if the queue is empty; null for as long as it takes.</param>
    /// <returns>False once the queue is closed and empty. True without work after the timeout.</returns>
    public bool Take(ref List<StoreWork> works, ref List<StoreCall> calls, TimeSpan? idleTimeout)
    {
        lock (_gate)
        {
            while (_works.Count == 0 && _calls.Count == 0 && !_isClosed)
            {
                if (!Monitor.Wait(_gate, idleTimeout ?? Timeout.InfiniteTimeSpan))
                {
                    return true;
                }
            }

            var begun = Stopwatch.GetTimestamp();
            while (
                !_isUrgent
                && !_isClosed
                && gathering - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } left
                && Monitor.Wait(_gate, left)
            ) { }

            _isUrgent = false;
            (works, _works) = (_works, works);
            (calls, _calls) = (_calls, calls);
            _waitingBytes = 0;
            Monitor.PulseAll(_gate);
            return works.Count > 0 || calls.Count > 0;
        }
    }

    /// <summary>For the writer thread: work has been written, or has failed.</summary>
    public void NoteWritten(int count)
    {
        lock (_gate)
        {
            _written += count;
            Monitor.PulseAll(_gate);
        }
    }

    // Ends the gathering. Called under the lock.
    private void WriteSoon()
    {
        _isUrgent = true;
        Monitor.PulseAll(_gate);
    }
}
