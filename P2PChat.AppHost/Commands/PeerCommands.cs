using static P2PChat.AppHost.Commands.CommandAnswers;

namespace P2PChat.AppHost.Commands;

/// <summary>A peer's commands on the dashboard. Each calls the peer's local API.</summary>
internal static class PeerCommands
{
    // How long a command waits for another peer. A later answer is not lost, but it is not reported here.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static IResourceBuilder<ProjectResource> WithPeerCommands(
        this IResourceBuilder<ProjectResource> resource,
        PeerSettings peer,
        PeerDirectories peers
    )
    {
        var self = new PeerCommandRunner(peer, peers, Patience);
        var others = peers.OthersThan(peer).OrderBy(name => name == "echo" ? 0 : 1).ToList();
        return resource
            .WithCommand(
                "open-page",
                "Open its page",
                Reporting(self.OpenPageAsync),
                new CommandOptions
                {
                    Description =
                        "Creates a link to the peer's web page. It signs one browser in, once, within a minute.",
                    IconName = "Open",
                    IsHighlighted = true,
                }
            )
            .WithCommand(
                "connect",
                "Connect",
                Reporting(self.ConnectAsync),
                new CommandOptions
                {
                    Description = "Asks another peer to connect, and waits for its answer.",
                    Arguments = [Peer("to", "To", others)],
                    IconName = "PlugConnected",
                    IsHighlighted = true,
                }
            )
            .WithCommand(
                "accept",
                "Accept",
                Reporting(self.AcceptAsync),
                new CommandOptions
                {
                    Description = "Accepts another peer's request to connect.",
                    Arguments = [Peer("from", "From", others)],
                    IconName = "PersonAvailable",
                }
            )
            .WithCommand(
                "send",
                "Send a message",
                Reporting(self.SendAsync),
                new CommandOptions
                {
                    Description = "Sends a message to a connected peer, and waits for its acknowledgement.",
                    Arguments = [Peer("to", "To", others), Text("text", "Text", "hello")],
                    IconName = "Send",
                    IsHighlighted = true,
                }
            )
            .WithCommand(
                "conversation",
                "Show a conversation",
                Reporting(self.ShowConversationAsync),
                new CommandOptions
                {
                    Description = "Shows the latest messages with a peer.",
                    Arguments = [Peer("with", "With", others)],
                    IconName = "ChatMultiple",
                }
            )
            .WithCommand(
                "trace-conversation",
                "Trace a conversation",
                Reporting(self.TraceConversationAsync),
                new CommandOptions
                {
                    Description =
                        "Registers again, connects again and sends a message that is acknowledged, all in one trace.",
                    Arguments = [Peer("with", "With", others), Text("text", "Text", "hello")],
                    IconName = "GanttChart",
                }
            )
            .WithCommand(
                "crash",
                "Crash",
                Reporting(self.CrashAsync),
                new CommandOptions
                {
                    Description = "Kills the peer's process, to show how the other peers react.",
                    ConfirmationMessage = $"Kill {peer.Username}'s process?",
                    IconName = "Bug",
                }
            );
    }
}
