namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Runs a command that Ctrl-C interrupts. If it does not end, another Ctrl-C ends the peer.
/// </summary>
internal sealed class InterruptibleCommand(KeyInput? keys, PromptScreen screen, IPromptSession session)
{
    public async Task<CommandResult> RunAsync(
        Func<CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
    {
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interruption = keys?.OnInterrupt(() => Interrupt(interrupted));
        try
        {
            return await run(interrupted.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            screen.Print("The command was interrupted.");
            return CommandResult.Failed;
        }
    }

    private void Interrupt(CancellationTokenSource command)
    {
        if (command.IsCancellationRequested)
        {
            session.EndPeer();
        }
        else
        {
            // On another thread, because this one reads the keys.
            _ = command.CancelAsync();
        }
    }
}
