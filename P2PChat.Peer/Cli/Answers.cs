using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>What commands that list something answer: here as the plain lines that scripts rely on.</summary>
public class Answers
{
    public virtual IEnumerable<string> List(IReadOnlyList<PeerView> peers) => CommandText.List(peers);

    public virtual IEnumerable<string> Requests(IReadOnlyList<PeerRequest> requests) => CommandText.Requests(requests);

    public virtual IEnumerable<string> Contacts(IReadOnlyList<Contact> contacts) => CommandText.Contacts(contacts);

    public virtual IEnumerable<string> Safety(Username name, Safety safety) => CommandText.Safety(name, safety);

    public virtual IEnumerable<string> Settings(IReadOnlyList<Setting> settings) => CommandText.Settings(settings);

    public virtual IEnumerable<string> Status(PeerStatus status) => CommandText.Status(status);

    public virtual IEnumerable<string> History(MessagePage page, TimeZoneInfo zone) =>
        CommandText.History(page.Messages, zone);

    public virtual IEnumerable<string> Found(SearchPage page, TimeZoneInfo zone) => CommandText.Found(page, zone);

    public virtual IEnumerable<string> Help() => CommandText.Help();

    public virtual IEnumerable<string> Help(CommandInfo command) => CommandText.Help(command);
}
