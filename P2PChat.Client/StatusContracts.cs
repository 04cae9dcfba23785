using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer to <c>GET /api/status</c>.</summary>
/// <param name="Endpoint">
/// The advertised endpoint, <c>host:port</c>; null until the peer listens, and while the address is hidden.
/// </param>
/// <param name="Version">The version of the peer's program.</param>
public sealed record StatusResponse(
    string Username,
    string PeerId,
    string? Endpoint,
    DirectoryStatus Directory,
    int Links,
    int ProcessId,
    string Version
);

/// <summary>The peer's registration with its directory; also the data of the event <c>directory</c>.</summary>
/// <param name="Detail">A sentence about a problem with the registration; null if there is none.</param>
public sealed record DirectoryStatus(DirectoryState State, string? Detail);

/// <summary>State of a peer's registration with its directory.</summary>
[JsonConverter(typeof(KebabCase<DirectoryState>))]
public enum DirectoryState
{
    /// <summary>Not registered yet.</summary>
    Registering,

    /// <summary>The lease is valid.</summary>
    Registered,

    /// <summary>The directory or its store is unavailable. The peer keeps trying.</summary>
    Unreachable,

    /// <summary>The directory refuses the registration: the name is taken, or the join token is wrong.</summary>
    Refused,
}

/// <summary>Answer to <c>GET /api/settings</c>.</summary>
public sealed record SettingsResponse(IReadOnlyList<SettingItem> Settings);

/// <summary>A setting that can be changed while the peer runs.</summary>
/// <param name="Chosen">Whether the user has set it. Otherwise it is the option of the start.</param>
/// <param name="Values">The allowed values.</param>
/// <param name="Does">What the setting controls.</param>
public sealed record SettingItem(string Name, string Value, bool Chosen, IReadOnlyList<string> Values, string Does);

/// <summary>Body of <c>PUT /api/settings/{name}</c>.</summary>
/// <param name="Value">Null to restore the value that the peer was started with.</param>
public sealed record SettingRequest(string? Value);

/// <summary>Body of <c>POST /api/presence</c>.</summary>
public sealed record PresenceRequest(bool Away);

/// <summary>Body of <c>POST /api/backup</c>.</summary>
/// <param name="Path">Absolute path on the peer's machine.</param>
/// <param name="Passphrase">8 to 1,024 characters.</param>
/// <param name="Force">Whether to replace an existing file.</param>
public sealed record BackupRequest(string Path, string Passphrase, bool Force = false);

/// <summary>Answer to <c>POST /api/web-links</c>.</summary>
/// <param name="Url">Signs one browser in, once. A secret.</param>
public sealed record WebLinkResponse(string Url, DateTimeOffset ExpiresAt);

/// <summary>A refusal: problem details (RFC 9457).</summary>
/// <param name="Type">Identifies the kind of problem, for programs.</param>
/// <param name="Detail">A sentence for the user.</param>
public sealed record ApiProblem(string? Type, string? Title, int? Status, string? Detail);
