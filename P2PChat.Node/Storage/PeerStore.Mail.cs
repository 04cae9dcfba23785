using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <content>What lets contacts leave mail for this peer, and this peer for them.</content>
internal sealed partial class PeerStore
{
    /// <summary>The name under which the two have accepted each other; null if they have not.</summary>
    public Username? AcceptedName(PeerId remote) =>
        List<Username?>(
            "SELECT username FROM peers WHERE peer_id = $id AND accepted",
            reader => Username.Parse(reader.GetString(0)),
            ("$id", remote.Bytes.ToArray())
        )
            is [var name]
            ? name
            : null;

    /// <summary>The capability of a contact, a new one if it had none.</summary>
    /// <returns>Null for one who is no contact.</returns>
    /// <exception cref="StoreException">The value cannot be saved.</exception>
    public async Task<byte[]?> GrantAsync(PeerId remote)
    {
        byte[]? granted = null;
        await Writer.CallAsync(connection =>
        {
            using var grant = Command(
                connection,
                "UPDATE peers SET capability = $new WHERE peer_id = $id AND accepted AND capability IS NULL",
                ("$id", remote.Bytes.ToArray()),
                ("$new", MailboxCapability.New())
            );
            _ = grant.ExecuteNonQuery();
            using var read = Command(
                connection,
                "SELECT capability FROM peers WHERE peer_id = $id AND accepted",
                ("$id", remote.Bytes.ToArray())
            );
            granted = read.ExecuteScalar() as byte[];
        });
        return granted;
    }

    /// <summary>Keeps the capability that a contact has given to this peer.</summary>
    /// <exception cref="StoreException">The value cannot be saved.</exception>
    public Task KeepCapabilityAsync(PeerId remote, ReadOnlyMemory<byte> capability) =>
        Writer.CallAsync(connection =>
        {
            using var command = Command(
                connection,
                "UPDATE peers SET their_capability = $capability WHERE peer_id = $id AND accepted",
                ("$id", remote.Bytes.ToArray()),
                ("$capability", capability.ToArray())
            );
            _ = command.ExecuteNonQuery();
        });

    /// <summary>All that this peer has given to its contacts.</summary>
    public IReadOnlyList<byte[]> Capabilities() =>
        List("SELECT capability FROM peers WHERE capability IS NOT NULL", reader => reader.GetFieldValue<byte[]>(0));

    /// <summary>What it had given to those who are contacts no longer, and the directory may still know.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public async Task<IReadOnlyList<byte[]>> RevokedAsync()
    {
        IReadOnlyList<byte[]> revoked = [];
        // Behind all that waits to be written: that somebody has become a stranger may be part of it.
        await Writer.CallAsync(connection =>
            revoked = StoredMessages.List(connection, "SELECT capability FROM revoked", reader =>
                reader.GetFieldValue<byte[]>(0)
            )
        );
        return revoked;
    }

    /// <summary>The directory knows it no longer.</summary>
    /// <exception cref="StoreException">That cannot be noted.</exception>
    public Task ForgetRevokedAsync(byte[] capability) =>
        Writer.CallAsync(connection =>
        {
            using var command = Command(
                connection,
                "DELETE FROM revoked WHERE capability = $capability",
                ("$capability", capability)
            );
            _ = command.ExecuteNonQuery();
        });
}
