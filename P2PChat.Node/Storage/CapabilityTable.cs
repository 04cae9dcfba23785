using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// The mailbox capabilities that this peer and its contacts have given each other. They are in the tables <c>peers</c>
/// and
/// <c>revoked</c>. Thread-safe.
/// </summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class CapabilityTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>Gets the capability that was given to a contact, and creates one if there is none.</summary>
    /// <returns>Null if the peer is not a contact.</returns>
    public async Task<byte[]?> GrantAsync(PeerId remote)
    {
        byte[]? granted = null;
        await writer.CallAsync(connection =>
        {
            _ = connection.Run(
                "UPDATE peers SET capability = $new WHERE peer_id = $id AND accepted AND capability IS NULL",
                ("$id", remote.Bytes.ToArray()),
                ("$new", MailboxCapability.New())
            );
            granted =
                connection.Scalar(
                    "SELECT capability FROM peers WHERE peer_id = $id AND accepted",
                    ("$id", remote.Bytes.ToArray())
                ) as byte[];
        });
        return granted;
    }

    /// <summary>Saves the capability that a contact has given to this peer.</summary>
    public Task SaveTheirsAsync(PeerId remote, ReadOnlyMemory<byte> capability) =>
        writer.CallAsync(connection =>
            connection.Run(
                "UPDATE peers SET their_capability = $capability WHERE peer_id = $id AND accepted",
                ("$id", remote.Bytes.ToArray()),
                ("$capability", capability.ToArray())
            )
        );

    /// <summary>Lists all capabilities that this peer has given to its contacts, or with its own requests.</summary>
    public IReadOnlyList<byte[]> Granted() =>
        database.Read(connection =>
            connection.List(
                "SELECT capability FROM peers WHERE capability IS NOT NULL "
                    + "UNION SELECT capability FROM mail_requests WHERE outgoing",
                reader => reader.GetBytes(0)
            )
        );

    /// <summary>Lists the capabilities of former contacts that the directory may still accept.</summary>
    public async Task<IReadOnlyList<byte[]>> RevokedAsync()
    {
        IReadOnlyList<byte[]> revoked = [];
        // On the writer, because waiting work may remove a contact.
        await writer.CallAsync(connection =>
            revoked = connection.List("SELECT capability FROM revoked", reader => reader.GetBytes(0))
        );
        return revoked;
    }

    /// <summary>Forgets a revoked capability, once the directory no longer accepts it.</summary>
    public Task ForgetRevokedAsync(byte[] capability) =>
        writer.CallAsync(connection =>
            connection.Run("DELETE FROM revoked WHERE capability = $capability", ("$capability", capability))
        );
}
