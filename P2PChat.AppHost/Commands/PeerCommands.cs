using Microsoft.Extensions.DependencyInjection;
using static P2PChat.AppHost.Commands.CommandAnswers;

namespace P2PChat.AppHost.Commands;

/// <summary>What a peer's person can do, for who has no console of it: each goes through the peer's local API.</summary>
internal static class PeerCommands
{
    // How long a command waits for what somebody else must do; what comes later is not lost, only not told here.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static IResourceBuilder<ProjectResource> WithPeerCommands(
        this IResourceBuilder<ProjectResource> resource, PeerSettings peer, PeerDirectories everybody)
    {
        var self = new PeerCommandRunner(peer, everybody, Patience);
        var others = everybody.OthersThan(peer).OrderBy(name => name == "echo" ? 0 : 1).ToList();
        return resource
            .WithCommand("open-page", "Open its page", Telling(self.OpenPageAsync), new CommandOptions
            {
                Description = "Gives a link to the peer's web page, which signs one browser in, once, within a minute.",
                IconName = "Open",
                IsHighlighted = true,
            })
            .WithCommand("connect", "Connect", Telling(self.ConnectAsync), new CommandOptions
            {
                Description = "Asks another peer to connect, and waits for its answer.",
                Arguments = [Peer("to", "To", others)],
                IconName = "PlugConnected",
                IsHighlighted = true,
            })
            .WithCommand("accept", "Accept", Telling(self.AcceptAsync), new CommandOptions
            {
                Description = "Lets a peer connect that has asked.",
                Arguments = [Peer("from", "From", others)],
                IconName = "PersonAvailable",
            })
            .WithCommand("send", "Send a message", Telling(self.SendAsync), new CommandOptions
            {
                Description = "Sends a message to a connected peer, and waits for its acknowledgement.",
                Arguments = [Peer("to", "To", others), Text("text", "Text", "hello")],
                IconName = "Send",
                IsHighlighted = true,
            })
            .WithCommand("conversation", "Show a conversation", Telling(self.ShowConversationAsync), new CommandOptions
            {
                Description = "The latest messages with a peer.",
                Arguments = [Peer("with", "With", others)],
                IconName = "ChatMultiple",
            })
            .WithCommand("trace-conversation", "Trace a conversation", Telling(self.TraceConversationAsync), new CommandOptions
            {
                Description = "Registers anew, connects anew, sends a message and waits for its acknowledgement, all in one trace.",
                Arguments = [Peer("with", "With", others), Text("text", "Text", "hello")],
                IconName = "GanttChart",
            })
            .WithCommand("go-offline", "Go offline", context => GoOfflineAsync(context, resource.Resource, $"{peer.Username} has left."), new CommandOptions
            {
                Description = "Ends the peer in good order: it takes leave of the directory and of whom it talks to.",
                IconName = "SignOut",
            })
            .WithCommand("crash", "Crash", Telling(self.CrashAsync), new CommandOptions
            {
                Description = "Kills the peer's process, to see what the others make of it.",
                ConfirmationMessage = $"Kill {peer.Username}'s process?",
                IconName = "Bug",
            })
            .WithCommand("come-back", "Come back", Telling(context => self.ComeBackAsync(() => ByOrchestratorAsync(context, resource.Resource, "start"), context.CancellationToken)), new CommandOptions
            {
                Description = "Starts a peer that has gone offline, has crashed, or has not been there yet.",
                IconName = "PersonArrowBack",
            });
    }

    private static async Task<ExecuteCommandResult> GoOfflineAsync(ExecuteCommandContext context, IResource peer, string sentence)
    {
        var result = await ByOrchestratorAsync(context, peer, "stop");
        return result.Success ? Done(sentence) : result;
    }

    private static Task<ExecuteCommandResult> ByOrchestratorAsync(ExecuteCommandContext context, IResource peer, string command) =>
        context.Services.GetRequiredService<ResourceCommandService>()
            .ExecuteCommandAsync(peer, command, new InteractionInputCollection([]), context.CancellationToken);
}
