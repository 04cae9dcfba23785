using P2PChat.Client;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using DirectoryState = P2PChat.Node.Model.DirectoryState;
using DisconnectReason = P2PChat.Client.DisconnectReason;
using MessageChange = P2PChat.Client.MessageChange;
using MessageState = P2PChat.Client.MessageState;
using PathKind = P2PChat.Client.PathKind;
using Relation = P2PChat.Client.Relation;
using VerifiedBy = P2PChat.Client.VerifiedBy;

namespace P2PChat.Peer.Api;

/// <summary>Converts the node's types into the contracts of the local API.</summary>
/// <remarks>The enumerations have the same members with the same numbers. A test checks that.</remarks>
internal static class ContractMapping
{
    public static StatusResponse ToContract(this PeerStatus status) =>
        new(
            status.Name.Value,
            status.PeerId.ToString(),
            status.Endpoint,
            Directory(status.Directory, status.DirectoryDetail),
            status.Links,
            status.ProcessId,
            status.Version
        );

    public static PeerItem ToContract(this PeerView peer, ContactProfile? profile = null) =>
        new(
            peer.Name.Value,
            peer.PeerId.ToString(),
            peer.Online,
            peer.LastSeen,
            (Relation)peer.Relation,
            peer.Verified,
            peer.Waiting,
            (PathKind?)peer.Path,
            profile?.DisplayName
        );

    public static RequestItem ToContract(this PeerRequest request) =>
        new(request.From.Value, request.Key.ToString(), (InviteItemState?)request.RefusedInvite, request.ByMail);

    public static InviteItem ToContract(this InviteView view) =>
        new(
            view.Invite.ShortId,
            (InviteItemState)view.Validity,
            view.Invite.Uses,
            view.Invite.Joined.Count,
            view.Invite.CreatedAt,
            view.Invite.ExpiresAt,
            [.. view.Invite.Joined.Select(use => new NameAndKeyData(use.Name.Value, use.Key.ToString()))],
            view.Link?.ToString(),
            view.Link?.QrText,
            view.LocalNetworkOnly
        );

    /// <param name="path">How the open link to the contact travels.</param>
    public static ContactItem ToContract(
        this Contact contact,
        Node.Model.PathKind? path = null,
        ContactProfile? profile = null
    ) =>
        new(
            contact.Name.Value,
            contact.PeerId?.ToString(),
            contact.Nickname,
            contact.Verified,
            contact.Blocked,
            [.. contact.OtherKeys.Select(key => key.ToString())],
            (VerifiedBy)contact.VerifiedBy,
            contact.JoinedByInvite,
            (PathKind?)path,
            profile?.DisplayName,
            profile?.HasPicture ?? false
        );

    public static SafetyResponse ToContract(this Safety safety) =>
        new(safety.Digits, safety.QrText, safety.Verified, (VerifiedBy)safety.VerifiedBy);

    public static SettingItem ToContract(this Setting setting) =>
        new(setting.Name, setting.Value, setting.IsChosen, setting.Values, setting.Does);

    public static MessagesResponse ToContract(this MessagePage page) =>
        new([.. page.Messages.Select(ToContract)], page.Next);

    public static MessageItem ToContract(this Message message) =>
        new(
            message.Id,
            message.From.Value,
            message.Text,
            message.SentAt,
            (MessageState)message.State,
            message.ReplyTo is { } quote
                ? new QuoteItem(quote.Id, quote.From.Value, quote.Text, quote.IsDeleted, quote.HasDisappeared)
                : null,
            message.Reactions.Count == 0
                ? null
                : [.. message.Reactions.Select(reaction => new ReactionItem(reaction.From.Value, reaction.Emoji))],
            message.EditedAt,
            message.IsRemoved,
            (MessageState?)message.ChangeState,
            message.Timer,
            message.ExpiresAfter == 0 ? null : message.ExpiresAfter,
            message.ExpiresAt,
            message.HasDisappeared,
            message.File?.ToContract()
        );

    public static MessageInfoResponse ToContract(this MessageInfo info) =>
        new(
            info.Message.ToContract(),
            info.DeliveredAt,
            info.ReadAt,
            info.ReceivedAt,
            [.. info.Versions.Select(version => new VersionItem(version.Text, version.SentAt))],
            [
                .. info.Changes.Select(change => new ChangeItem(
                    (MessageChange)change.Change,
                    change.From.Value,
                    change.SentAt,
                    (MessageState)change.State
                )),
            ]
        );

    public static SearchResponse ToContract(this SearchPage page) =>
        new(
            [.. page.Messages.Select(message => new FoundItem(message.With.Value, message.ToContract()))],
            page.Next,
            page.Indexing
        );

    public static TraceResponse ToContract(this TracedConversation trace) =>
        new(trace.TraceId, [.. trace.Steps.Select(step => new TraceStepItem(step.Name, step.After.TotalMilliseconds))]);

    public static ApiEvent ToContract(this PeerEvent peerEvent) =>
        peerEvent switch
        {
            PeerEvent.Request { From: var name, Key: var key } request => new ApiEvent.RequestReceived(
                name.Value,
                key.ToString(),
                (InviteItemState?)request.RefusedInvite,
                request.ByMail
            ),
            PeerEvent.ContactAdded { With: var name } added => new ApiEvent.ContactAdded(name.Value, added.ByThem),
            PeerEvent.RequestWithdrawn { From: var name } => new ApiEvent.RequestWithdrawn(name.Value),
            PeerEvent.Connected { With: var name, Path: var path } => new ApiEvent.Connected(
                name.Value,
                (PathKind?)path
            ),
            PeerEvent.PathChanged { With: var name, Path: var path } => new ApiEvent.PathChanged(
                name.Value,
                (PathKind)path
            ),
            PeerEvent.Disconnected { With: var name, Reason: var reason } => new ApiEvent.Disconnected(
                name.Value,
                (DisconnectReason)reason
            ),
            PeerEvent.MessageReceived { Message: var message } => new ApiEvent.MessageReceived(message.ToContract()),
            PeerEvent.MessageChanged { Message: var message, By: var by } changed => new ApiEvent.MessageChanged(
                message.With.Value,
                by.Value,
                (MessageChange)changed.Change,
                message.ToContract()
            ),
            PeerEvent.TimerChanged { Message: var line } => new ApiEvent.TimerChanged(
                line.With.Value,
                line.From.Value,
                line.Timer ?? 0,
                line.Id
            ),
            PeerEvent.MessageDisappeared { With: var name, Id: var id, From: var from } =>
                new ApiEvent.MessageDisappeared(name.Value, id, from.Value),
            PeerEvent.TransferChanged { Transfer: var transfer } => new ApiEvent.FileChanged(transfer.ToContract()),
            PeerEvent.Receipt { To: var name, Id: var id, State: var state } => new ApiEvent.Receipt(
                name.Value,
                id,
                (MessageState)state
            ),
            PeerEvent.ChangeReceipt { To: var name, Id: var id, From: var from } changed => new ApiEvent.ChangeReceipt(
                name.Value,
                id,
                from.Value,
                (MessageChange)changed.Change,
                (MessageState)changed.State
            ),
            PeerEvent.Typing { From: var name, Active: var active } => new ApiEvent.Typing(name.Value, active),
            PeerEvent.Presence { Of: var name, Away: var away } => new ApiEvent.Presence(name.Value, away),
            PeerEvent.ProfileChanged { Of: var name, Profile: var profile, IsRenamed: var renamed } =>
                new ApiEvent.ProfileChanged(name.Value, profile.DisplayName, profile.HasPicture, renamed),
            PeerEvent.KeyChanged { Name: var name, Key: var key } => new ApiEvent.KeyChanged(
                name.Value,
                key.ToString()
            ),
            PeerEvent.NameClaimed { Name: var name, Key: var key } => new ApiEvent.NameClaimed(
                name.Value,
                key.ToString()
            ),
            PeerEvent.InviterKeyChanged { Name: var name, Key: var key } => new ApiEvent.InviterKeyChanged(
                name.Value,
                key.ToString()
            ),
            PeerEvent.InviteUsed { By: var name, Key: var key, InviteId: var id } => new ApiEvent.InviteUsed(
                name.Value,
                key.ToString(),
                id
            ),
            PeerEvent.InviteRefused { By: var name, Reason: var reason } => new ApiEvent.InviteRefused(
                name.Value,
                (InviteItemState)reason
            ),
            PeerEvent.DirectoryChanged { State: var state, Detail: var detail } => new ApiEvent.DirectoryChanged(
                Directory(state, detail)
            ),
            _ => peerEvent.ToRoomEvent() ?? throw new ArgumentOutOfRangeException(nameof(peerEvent)),
        };

    /// <exception cref="PeerException">The text is not a username.</exception>
    public static Username ParseUsername(string text) =>
        Username.TryParse(text, out var name)
            ? name
            : throw new PeerException(PeerError.InvalidUsername, Username.Rule);

    private static DirectoryStatus Directory(DirectoryState state, string? detail) =>
        new((Client.DirectoryState)state, detail);
}
