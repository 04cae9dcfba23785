using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>The message that the user is replying to or editing.</summary>
/// <param name="Number">Differs each time that the user begins, or that a refused text is restored.</param>
public sealed record ComposerSubject(Message Message, bool IsEdit, int Number)
{
    /// <summary>The text that was refused, so that the user can change it; null at first.</summary>
    public string? Refused { get; init; }
}

/// <summary>
/// Sends what the user composes in a conversation: a message, a reply or an edit. A text that is being sent has its
/// subject, so that the user can go on writing. Not thread-safe.
/// </summary>
internal sealed class Composing(Username with, MessageService messages)
{
    private int _lastNumber;

    /// <summary>Null for a message that is neither a reply nor an edit.</summary>
    public ComposerSubject? Subject { get; private set; }

    public void Begin(Message message, bool isEdit) => Subject = new(message, isEdit, ++_lastNumber);

    public void Cancel() => Subject = null;

    /// <summary>Shows a message that has changed, or ends what it was the subject of if it was deleted.</summary>
    /// <returns>A note for the user; null for none.</returns>
    public string? OnChanged(Message changed)
    {
        if (Subject is not { } subject || MessageKey.Of(subject.Message) != MessageKey.Of(changed))
        {
            return null;
        }

        Subject = subject with { Message = changed };
        return changed.IsRemoved ? End() : null;
    }

    /// <param name="id">The message that was deleted on this side; null for all.</param>
    /// <returns>A note for the user; null for none.</returns>
    public string? OnDeleted(Guid? id) =>
        Subject is { } subject && (id ?? subject.Message.Id) == subject.Message.Id ? End() : null;

    /// <exception cref="PeerException">See <see cref="MessageService.ReplyAsync"/>.</exception>
    public async Task<Message> SendAsync(string text)
    {
        // A text that was sent while the user was about to edit is a message of its own.
        if (Subject is not { IsEdit: false } subject)
        {
            return await messages.SendAsync(with, text);
        }

        Subject = null;
        try
        {
            return await messages.ReplyAsync(with, text, subject.Message.Id);
        }
        catch (PeerException exception)
        {
            _ = Restore(subject, text, exception);
            throw;
        }
    }

    public async Task<EditOutcome> EditAsync(string text)
    {
        if (Subject is not { IsEdit: true } subject)
        {
            return new(IsTextLost: true, Problem: null);
        }

        Subject = null;
        try
        {
            _ = await messages.EditAsync(with, subject.Message.Id, text);
            return new(IsTextLost: false, Problem: null);
        }
        catch (PeerException exception)
        {
            return new(!Restore(subject, text, exception), exception.Message);
        }
    }

    // Unless the user has begun something else meanwhile, or the message is gone.
    private bool Restore(ComposerSubject subject, string text, PeerException exception)
    {
        if (Subject is not null || exception.Error is PeerError.MessageDeleted or PeerError.UnknownMessage)
        {
            return false;
        }

        Subject = subject with { Number = ++_lastNumber, Refused = text };
        return true;
    }

    private string End()
    {
        var isEdit = Subject is { IsEdit: true };
        Subject = null;
        return isEdit
            ? "The message that you were editing was deleted."
            : "The message that you were replying to was deleted. What you write next is an ordinary message.";
    }
}

/// <summary>How an edit has ended.</summary>
/// <param name="IsTextLost">Whether the text is neither in the message nor being edited any more.</param>
/// <param name="Problem">A sentence for the user; null if there is none.</param>
internal readonly record struct EditOutcome(bool IsTextLost, string? Problem);
