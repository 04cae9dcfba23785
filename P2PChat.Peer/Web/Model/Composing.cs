using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>The message that the user is replying to or editing.</summary>
public sealed record ComposerSubject(Message Message, bool IsEdit);

/// <summary>Sends what the user composes in a conversation: a message, a reply or an edit.</summary>
internal sealed class Composing(Username with, MessageService messages)
{
    /// <summary>Null for a message that is neither a reply nor an edit.</summary>
    public ComposerSubject? Subject { get; private set; }

    public void Begin(ComposerSubject subject) => Subject = subject;

    public void Cancel() => Subject = null;

    /// <exception cref="PeerException">See <see cref="MessageService.ReplyAsync"/>.</exception>
    public async Task<Message> SendAsync(string text)
    {
        var subject = Subject;
        var sent = subject is { IsEdit: false, Message.Id: var quoted }
            ? await messages.ReplyAsync(with, text, quoted)
            : await messages.SendAsync(with, text);
        End(subject);
        return sent;
    }

    /// <returns>The edited message; null if none is being edited.</returns>
    /// <exception cref="PeerException">See <see cref="MessageService.EditAsync"/>.</exception>
    public async Task<Message?> EditAsync(string text)
    {
        var subject = Subject;
        if (subject is not { IsEdit: true, Message.Id: var id })
        {
            return null;
        }

        var edited = await messages.EditAsync(with, id, text);
        End(subject);
        return edited;
    }

    // The user may have begun something else meanwhile.
    private void End(ComposerSubject? subject)
    {
        if (Subject == subject)
        {
            Subject = null;
        }
    }
}
