using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>The actions in a conversation other than sending, and the problem to show. Not thread-safe.</summary>
internal sealed class ConversationActions(
    Username name,
    ConnectionService connections,
    PresenceService presence,
    MessageService messages,
    ChatPageModel page
)
{
    /// <summary>A sentence for the user; null if there is none.</summary>
    public string? Problem { get; set; }

    public void ClearProblem() => Problem = null;

    /// <summary>Notifies a connected contact that the user has started or stopped typing.</summary>
    public void SetTyping(bool active)
    {
        if (page.Find(name).IsConnected)
        {
            Try(() => presence.SetTyping(name, active));
        }
    }

    /// <summary>Answers their request.</summary>
    public void Answer(bool accepts) =>
        Try(() =>
        {
            if (accepts)
            {
                connections.Accept(name);
            }
            else
            {
                connections.Reject(name);
            }
        });

    /// <summary>Withdraws a request, or closes the connection.</summary>
    public void Disconnect() => Try(() => connections.Disconnect(name));

    public async Task ConnectAsync()
    {
        try
        {
            await connections.ConnectAsync(name, CancellationToken.None);
            Problem = null;
        }
        catch (PeerException exception) when (exception.Error is PeerError.AlreadyAsked or PeerError.AlreadyConnected)
        {
            Problem = null;
        }
        catch (PeerException exception)
        {
            // A changed key has a notice of its own, with a button to accept it.
            Problem = exception.OtherKey is null ? exception.Message : null;
            page.Refresh();
        }
    }

    /// <summary>Sets this user's reaction to a message, or removes it if it is the same.</summary>
    public async Task ReactAsync(Message message, string emoji)
    {
        try
        {
            await OwnReaction.ToggleAsync(messages, message, page.Self, emoji);
            Problem = null;
        }
        catch (PeerException exception)
        {
            Problem = exception.Message;
            page.Refresh();
        }
    }

    /// <summary>Runs an action, and shows the problem if it fails.</summary>
    public void Try(Action action)
    {
        try
        {
            action();
            Problem = null;
        }
        catch (PeerException exception)
        {
            Problem = exception.Message;
        }
    }
}
