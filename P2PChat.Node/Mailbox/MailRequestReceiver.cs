using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Mailbox;

/// <summary>The decision on an envelope of a peer that is not a contact.</summary>
internal enum StrangerMail
{
    /// <summary>Delete it unread.</summary>
    Refused,

    /// <summary>Its request is stored and waits for the user. Delete it: the messages come again.</summary>
    Waits,

    /// <summary>The name cannot be checked now. Read it again later.</summary>
    Later,

    /// <summary>The peer is a contact now. Read the rest.</summary>
    Accepted,
}

/// <summary>
/// Decides on requests and acceptances in the envelopes of peers that are not contacts (docs/protocol.md, section
/// 10.6). Nothing else in such an envelope is looked at. Thread-safe.
/// </summary>
internal sealed class MailRequestReceiver(
    SessionTable sessions,
    SessionContext context,
    InviteBook invites,
    RequestPolicy policy,
    TimeProvider timeProvider
)
{
    /// <param name="isFromBox">Whether it was in the request box, which takes requests without an invite.</param>
    /// <exception cref="StoreException">The store cannot be read or written.</exception>
    public async Task<StrangerMail> ReceiveAsync(
        OpenedEnvelope opened,
        bool isFromBox,
        CancellationToken cancellationToken
    )
    {
        var head = EnvelopeHead.Of(opened.Frames);
        if (head.Grant is not { } grant)
        {
            return StrangerMail.Refused;
        }

        if (head.IsAccept)
        {
            return
                !isFromBox
                && context.MailRequests.FindSent(opened.Sender) is { } sent
                && context.Contacts.Check(sent.Name, opened.Sender) != PinCheck.Changed
                && TryAccept(opened.Sender, sent.Name, MailIntroduction.None, grant)
                ? StrangerMail.Accepted
                : StrangerMail.Refused;
        }

        if (
            !Username.TryParse(head.Request!.Username, out var name)
            || name.Value != head.Request.Username
            || name == context.Self
            || context.Contacts.IsBlocked(name, opened.Sender)
        )
        {
            return StrangerMail.Refused;
        }

        return await CheckNameAsync(name, opened.Sender, cancellationToken)
            ?? await DecideAsync(opened.Sender, name, head, isFromBox);
    }

    /// <returns>Null if the name belongs to the key.</returns>
    private async Task<StrangerMail?> CheckNameAsync(Username name, PeerId sender, CancellationToken cancellationToken)
    {
        var check = await context.Names.CheckAsync(name, sender, cancellationToken);
        if (check.Result == NameCheck.KeyChanged)
        {
            context.Warnings.OnKeyChanged(name, sender);
        }

        return check.Result switch
        {
            // An ephemeral peer takes no mail, so it could never be answered.
            NameCheck.Confirmed => check.Ephemeral ? StrangerMail.Refused : null,
            NameCheck.Unavailable => StrangerMail.Later,
            _ => StrangerMail.Refused,
        };
    }

    private async Task<StrangerMail> DecideAsync(PeerId sender, Username name, EnvelopeHead head, bool isFromBox)
    {
        var grant = head.Grant!.Value;
        var check = isFromBox
            ? default
            : invites.Check(head.Request!.InviteId.Span, head.Request.InviteProof.Span, sender, name);
        // Accepted a moment ago, which may not be stored yet.
        var isContact = false;
        sessions.Use(sender, session =>
        {
            isContact = session.Introductions.IsContact;
            return true;
        });
        if (isContact)
        {
            // A request in the box has nothing else to read, but is answered like one in the mailbox.
            return isFromBox && !TryAccept(sender, name, MailIntroduction.Accept, grant)
                ? StrangerMail.Refused
                : StrangerMail.Accepted;
        }

        // The key of a former contact has used the invite already. The user removed it, and decides again.
        var isSpent = check.Invite?.Joined.Any(use => use.Key == sender) == true;
        if (check.Result == InviteResult.Valid && !isSpent && invites.TryUse(check.Invite!, sender, name))
        {
            if (TryAccept(sender, name, MailIntroduction.Accept, grant, check.Invite))
            {
                return StrangerMail.Accepted;
            }

            invites.Release(sender);
            return StrangerMail.Refused;
        }

        switch (context.MailRequests.FindSent(sender) is null ? policy.DecideByMail(sender) : RequestDecision.Accept)
        {
            case RequestDecision.Accept:
                return TryAccept(sender, name, MailIntroduction.Accept, grant)
                    ? StrangerMail.Accepted
                    : StrangerMail.Refused;
            case RequestDecision.Prompt:
                return await AskAsync(
                    new MailRequest(sender, name, IsOutgoing: false, grant, timeProvider.GetUtcNow())
                    {
                        Invite = check.Result switch
                        {
                            InviteResult.Unknown => null,
                            InviteResult.Revoked => InviteValidity.Revoked,
                            InviteResult.Expired => InviteValidity.Expired,
                            _ => InviteValidity.Used,
                        },
                    }
                );
            default:
                return StrangerMail.Refused;
        }
    }

    private async Task<StrangerMail> AskAsync(MailRequest request)
    {
        if (await context.MailRequests.AddAsync(request) is not { } isNew)
        {
            return StrangerMail.Refused;
        }

        if (isNew)
        {
            context.Events.Add(
                new PeerEvent.Request(request.Name, request.Remote) { ByMail = true, RefusedInvite = request.Invite }
            );
        }

        return StrangerMail.Waits;
    }

    private bool TryAccept(
        PeerId remote,
        Username name,
        MailIntroduction introduction,
        ReadOnlyMemory<byte> capability,
        Invite? used = null
    )
    {
        var isAccepted = false;
        sessions.Use(remote, session =>
        {
            var accepted = session.Introductions.Accept(name, introduction, capability, used);
            isAccepted = accepted == true;
            return accepted is not null;
        });
        return isAccepted;
    }
}
