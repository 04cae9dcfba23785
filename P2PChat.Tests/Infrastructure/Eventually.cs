namespace P2PChat.Tests.Infrastructure;

/// <summary>Waits for a condition with a time limit. No other test code waits for time to pass.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>A pause for conditions that ask another process, so that asking does not slow it down.</summary>
    public static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Returns as soon as <paramref name="condition"/> holds; fails the test after <paramref name="within"/>.
    /// </summary>
    /// <param name="condition">Polled. An exception counts as "not yet", and is reported if the time is over.</param>
    /// <param name="within">Real time.</param>
    /// <param name="what">The expectation, as a sentence for the failure message.</param>
    /// <param name="pause">Between two polls; null for a short one.</param>
    public static async Task True(Func<Task<bool>> condition, TimeSpan within, string what, TimeSpan? pause = null)
    {
        var deadline = Environment.TickCount64 + (long)within.TotalMilliseconds;
        while (true)
        {
            Exception? last = null;
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception exception)
            {
                last = exception;
            }

            if (Environment.TickCount64 >= deadline)
            {
                throw new TimeoutException($"Not within {within.TotalSeconds:0.#} s: {what}", last);
            }

            await Task.Delay(pause ?? Pause);
        }
    }

    /// <inheritdoc cref="True(Func{Task{bool}}, TimeSpan, string, TimeSpan?)"/>
    public static Task True(Func<bool> condition, TimeSpan within, string what) =>
        True(() => Task.FromResult(condition()), within, what);
}
