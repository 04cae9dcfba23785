namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 9. Once released, it is never changed.</summary>
internal static class InviteMigration
{
    public const string Sql = """
        -- This peer's invites. ended_as is 1 if revoked, 2 if void; see InviteValidity for the other ends.
        CREATE TABLE invites (
          id BLOB PRIMARY KEY,
          secret BLOB NOT NULL,
          created INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          uses INTEGER NOT NULL,
          ended_as INTEGER NOT NULL DEFAULT 0,
          ended_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE invite_uses (
          invite BLOB NOT NULL REFERENCES invites (id) ON DELETE CASCADE,
          peer_id BLOB NOT NULL,
          name TEXT NOT NULL,
          at INTEGER NOT NULL,
          PRIMARY KEY (invite, peer_id)
        ) STRICT, WITHOUT ROWID;

        -- The invites that this peer was given, one per inviter. The secret is removed once the inviter has
        -- accepted.
        CREATE TABLE joined (
          peer_id BLOB PRIMARY KEY,
          name TEXT NOT NULL,
          invite BLOB NOT NULL,
          secret BLOB,
          directory TEXT NOT NULL,
          directory_id BLOB,
          at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- 0 for a contact that is not verified, 1 if the safety number was compared, 2 if verified by an invite.
        ALTER TABLE contacts RENAME COLUMN verified TO verified_by;
        ALTER TABLE contacts ADD COLUMN joined_by_invite INTEGER NOT NULL DEFAULT 0;

        -- What envelopes to this peer begin with: 0 for a Resume, 1 for a request (this peer has joined by its
        -- invite), 2 for an accept.
        ALTER TABLE peers ADD COLUMN introduction INTEGER NOT NULL DEFAULT 0;

        -- Requests by mail that wait for an answer: from others, and this peer's own (outgoing). The capability lets
        -- the peer that answers deposit mail for the one that asked. invite_state is that of the wire format, 0
        -- without an invite.
        CREATE TABLE mail_requests (
          peer_id BLOB NOT NULL,
          outgoing INTEGER NOT NULL,
          name TEXT NOT NULL,
          capability BLOB NOT NULL,
          invite_state INTEGER NOT NULL DEFAULT 0,
          at INTEGER NOT NULL,
          PRIMARY KEY (peer_id, outgoing)
        ) STRICT, WITHOUT ROWID;
        """;
}
