using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>A notification, as notify.js shows it.</summary>
/// <param name="Key">A newer notification with the same key replaces it.</param>
/// <param name="HiddenText">Shown instead of the text if the user hides texts.</param>
/// <param name="Path">The page to open on a click.</param>
public sealed record PageNotification(string Key, string Title, string Text, string HiddenText, string Path)
{
    private const int MaxTextLength = 200;

    /// <summary>The person whom it is about.</summary>
    internal Username About { get; private init; }

    /// <returns>Null if the event needs no notification.</returns>
    internal static PageNotification? Of(PeerEvent peerEvent, Func<Username, Person> find) =>
        peerEvent switch
        {
            PeerEvent.MessageReceived { Message: var message } when find(message.With) is { Marks.Muted: false } from =>
                Of(from, MessageText.Preview(FileLook.TextOf(message), MaxTextLength), "New message"),
            PeerEvent.MessageChanged { Change: MessageChange.Reaction, Message: var own, By: var by }
                when by == own.With
                    && own.From != by
                    && own.Reactions.FirstOrDefault(one => one.From == by) is { } reaction
                    && find(by) is { Marks.Muted: false } from => Of(
                from,
                $"Reacted {reaction.Emoji} to: {MessageText.Preview(FileLook.TextOf(own), MaxTextLength)}",
                "New reaction"
            ),
            PeerEvent.Request { From: var name } when find(name) is var from => Of(
                from,
                "Asks to connect with you",
                "Asks to connect with you"
            ),
            _ => null,
        };

    private static PageNotification Of(Person from, string text, string hiddenText) =>
        new($"p2pchat-{from.Name}", from.DisplayName, text, hiddenText, $"c/{from.Name}") { About = from.Name };
}
