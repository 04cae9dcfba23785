using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Checks whether a conversation exists, and whether the user can write in it. Thread-safe.</summary>
internal sealed class ConversationAccess(
    ConnectionService connections,
    ContactService contacts,
    MessageService messages,
    ProfileService profiles
)
{
    /// <summary>Whether there is a contact, a request or a message.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public bool Exists(Username name) =>
        Find(name) is not null
        || connections.RelationTo(name) is not (Relation.None or Relation.Ourselves)
        || Overview(name) is { Accepted: true } or { LastPosition: > 0 };

    /// <summary>The refusal to open a conversation that does not exist.</summary>
    public string Missing(Username name) =>
        $"There is no conversation with {name}. "
        + (
            Suggestion.For(name.Value, contacts.All.Select(contact => contact.Name.Value)) is { } meant
                ? $"Did you mean '{meant}'?"
                : $"Use 'connect {name}' to start one."
        );

    /// <summary>Whether a message can be sent to a contact now, or queued.</summary>
    /// <returns>The obstacle and what to do; null if it can.</returns>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public string? Obstacle(Username name)
    {
        if (Find(name) is { Blocked: true })
        {
            return $"You have blocked {name}. To write again, type /unblock, and then /connect.";
        }

        var relation = connections.RelationTo(name);
        if (relation == Relation.Connected || Overview(name) is { Accepted: true })
        {
            return null;
        }

        return relation switch
        {
            Relation.RequestReceived => $"{name} asks to connect. Type /accept or /reject first.",
            Relation.RequestSent when connections.IsWaiting(name) =>
                $"Your request waits until {name} comes online. You can write once {name} has accepted it.",
            Relation.RequestSent => $"{name} has not answered your request yet. You can write once it is accepted.",
            _ => $"{name} has not accepted you as a contact. Type /connect to ask.",
        };
    }

    /// <summary>Warns of a key that differs from the pinned one.</summary>
    /// <returns>Null if there is none.</returns>
    public string? KeyWarning(Username name) =>
        Find(name) is { Blocked: false, OtherKeys: { Count: > 0 } keys }
            ? $"WARNING: {name}'s key has changed, and the new one ({keys[^1].Short}) was refused. Your "
                + $"messages wait for the old key. Ask {name} another way. If it is really them, type /trust "
                + $"{keys[^1].Short}, and then /connect."
            : null;

    /// <summary>One line about a conversation, such as <c>bob: connected, not verified</c>.</summary>
    /// <param name="paint">Colors the username; null to leave it plain.</param>
    public string Describe(Username name, Func<string, string>? paint = null)
    {
        var contact = Find(name);
        string?[] parts =
        [
            contact is { Blocked: true } ? "blocked" : null,
            State(name),
            contact switch
            {
                null or { Blocked: true } => null,
                { VerifiedBy: VerifiedBy.Invite } => "verified by invite",
                { Verified: true } => "verified",
                _ => "not verified",
            },
        ];
        var nickname = contact?.Nickname is { } given ? $" \"{SafeText.Show(given)}\"" : "";
        var username = paint?.Invoke(name.Value) ?? name.Value;
        var shown = ProfileCommands.Show(profiles.Of(name)?.DisplayName, username);
        return $"{shown}{nickname}: {string.Join(", ", parts.OfType<string>())}";
    }

    private string State(Username name) =>
        connections.RelationTo(name) switch
        {
            Relation.Connected => "connected",
            Relation.RequestReceived => "asks to connect",
            Relation.RequestSent when connections.IsWaiting(name) => "waiting for them to come online",
            Relation.RequestSent => "request sent, no answer yet",
            _ => "not connected",
        };

    private Contact? Find(Username name) => contacts.Find(name);

    private Node.Storage.ConversationOverview? Overview(Username name) =>
        messages.Conversations.FirstOrDefault(one => one.With == name);
}
