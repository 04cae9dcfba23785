using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Storage;

/// <summary>A data directory that is open, with its identity and store.</summary>
internal sealed class OpenedStore : IDisposable
{
    private readonly DataDirectory _directory;

    /// <param name="name">Of the peer; null for alice.</param>
    public OpenedStore(string path, Username? name = null)
    {
        _directory = DataDirectory.Open(path);
        try
        {
            Identity = PeerIdentity.Open(_directory);
            Store = PeerStore.Open(
                _directory,
                Identity,
                name ?? Username.Parse("alice"),
                NullLogger<PeerStore>.Instance
            );
        }
        catch
        {
            Identity?.Dispose();
            _directory.Dispose();
            throw;
        }
    }

    public PeerIdentity Identity { get; }

    public PeerStore Store { get; }

    public Contacts LoadContacts(ILogger<Contacts>? logger = null) =>
        new(Store.Contacts, logger ?? NullLogger<Contacts>.Instance);

    public PrekeyRing LoadPrekeys(TimeProvider timeProvider) =>
        new(Store.Prekeys, timeProvider, NullLogger<PrekeyRing>.Instance);

    public Preferences LoadPreferences(PeerOptions? options = null) =>
        new(Store.Settings, options ?? new PeerOptions());

    public void Dispose()
    {
        Store.Dispose();
        Identity.Dispose();
        _directory.Dispose();
    }
}
