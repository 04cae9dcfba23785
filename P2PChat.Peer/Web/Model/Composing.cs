using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>The subject of the message field: what the user is replying to or editing.</summary>
/// <param name="Sender">Whose message it is, for a reply.</param>
/// <param name="Excerpt">The beginning of the message on one line.</param>
/// <param name="Text">The whole text, for an edit.</param>
/// <param name="Number">See <see cref="Composed{TMessage}"/>.</param>
/// <param name="Refused">See <see cref="Composed{TMessage}"/>.</param>
public sealed record ComposerSubject(
    bool IsEdit,
    string Sender,
    string Excerpt,
    string Text,
    int Number,
    string? Refused
);

/// <summary>The message that the user is replying to or editing.</summary>
/// <param name="Number">Differs each time that the user begins, or that a refused text is restored.</param>
public sealed record Composed<TMessage>(TMessage Message, bool IsEdit, int Number)
{
    /// <summary>The text that was refused, so that the user can change it; null at first.</summary>
    public string? Refused { get; init; }
}

/// <summary>
/// Sends what the user composes in a conversation or a room: a message, a reply or an edit. A text that is being sent
/// has its subject, so that the user can go on writing. Not thread-safe.
/// </summary>
internal abstract class Composing<TMessage>
    where TMessage : class
{
    private int _lastNumber;

    /// <summary>Null for a message that is neither a reply nor an edit.</summary>
    public Composed<TMessage>? Subject { get; private set; }

    public void Begin(TMessage message, bool isEdit) => Subject = new(message, isEdit, ++_lastNumber);

    public void Cancel() => Subject = null;

    /// <summary>Shows a message that has changed, or ends what it was the subject of if it was deleted.</summary>
    /// <returns>A note for the user; null for none.</returns>
    public string? OnChanged(TMessage changed)
    {
        if (Subject is not { } subject || !AreSame(subject.Message, changed))
        {
            return null;
        }

        Subject = subject with { Message = changed };
        return IsRemoved(changed) ? End() : null;
    }

    /// <exception cref="PeerException">The message is refused.</exception>
    public async Task<TMessage> SendAsync(string text)
    {
        // A text that was sent while the user was about to edit is a message of its own.
        if (Subject is not { IsEdit: false } subject)
        {
            return await SendNewAsync(text);
        }

        Subject = null;
        try
        {
            return await ReplyAsync(subject.Message, text);
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
            await EditAsync(subject.Message, text);
            return new(IsTextLost: false, Problem: null);
        }
        catch (PeerException exception)
        {
            return new(!Restore(subject, text, exception), exception.Message);
        }
    }

    protected abstract bool AreSame(TMessage one, TMessage other);

    protected abstract bool IsRemoved(TMessage message);

    protected abstract Task<TMessage> SendNewAsync(string text);

    protected abstract Task<TMessage> ReplyAsync(TMessage to, string text);

    protected abstract Task EditAsync(TMessage message, string text);

    /// <summary>Ends the reply or edit, because its message was deleted.</summary>
    /// <returns>A note for the user.</returns>
    protected string End()
    {
        var isEdit = Subject is { IsEdit: true };
        Subject = null;
        return isEdit
            ? "The message that you were editing was deleted."
            : "The message that you were replying to was deleted. What you write next is an ordinary message.";
    }

    // Unless the user has begun something else meanwhile, or the message is gone.
    private bool Restore(Composed<TMessage> subject, string text, PeerException exception)
    {
        if (Subject is not null || exception.Error is PeerError.MessageDeleted or PeerError.UnknownMessage)
        {
            return false;
        }

        Subject = subject with { Number = ++_lastNumber, Refused = text };
        return true;
    }
}

/// <summary>How an edit has ended.</summary>
/// <param name="IsTextLost">Whether the text is neither in the message nor being edited any more.</param>
/// <param name="Problem">A sentence for the user; null if there is none.</param>
internal readonly record struct EditOutcome(bool IsTextLost, string? Problem);
