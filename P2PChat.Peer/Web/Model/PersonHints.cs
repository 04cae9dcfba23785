using System.Collections.Concurrent;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Remembers what events say about people, where the peer itself does not. Thread-safe.</summary>
internal sealed class PersonHints(TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<Username, long> _typing = new();
    private readonly ConcurrentDictionary<Username, bool> _away = new();
    private readonly ConcurrentDictionary<Username, InviteValidity> _refusedInvites = new();

    private readonly ConcurrentDictionary<Username, bool> _deleted = new();

    /// <summary>Notes that the user has deleted all messages with someone.</summary>
    public void NoteDeleted(Username name) => _deleted[name] = true;

    /// <summary>Adds what is known about a person.</summary>
    public Person Complete(Person person) =>
        person with
        {
            Away = _away.ContainsKey(person.Name),
            Typing =
                _typing.TryGetValue(person.Name, out var since)
                && timeProvider.GetElapsedTime(since) < PeerEvent.Typing.Lasts,
            WasDeleted = person.LastMessage is null && _deleted.ContainsKey(person.Name),
            InviteRefusedByThem = _refusedInvites.TryGetValue(person.Name, out var reason) ? reason : null,
        };

    public void Apply(PeerEvent peerEvent)
    {
        switch (peerEvent)
        {
            case PeerEvent.Typing { From: var name, Active: true }:
                _typing[name] = timeProvider.GetTimestamp();
                break;
            case PeerEvent.Typing { From: var name }:
                _ = _typing.TryRemove(name, out _);
                break;
            case PeerEvent.MessageReceived { Message: var message }:
                _ = _typing.TryRemove(message.With, out _);
                break;
            case PeerEvent.Presence { Of: var name, Away: true }:
                _away[name] = true;
                break;
            case PeerEvent.Presence { Of: var name }:
                _ = _away.TryRemove(name, out _);
                break;
            case PeerEvent.InviteRefused { By: var name, Reason: var reason }:
                _refusedInvites[name] = reason;
                break;
            case PeerEvent.Connected { With: var name }:
                _ = _refusedInvites.TryRemove(name, out _);
                break;
            case PeerEvent.Disconnected { With: var name }:
                _ = _typing.TryRemove(name, out _);
                _ = _away.TryRemove(name, out _);
                break;
        }
    }
}
