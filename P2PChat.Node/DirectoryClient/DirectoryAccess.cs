using System.Buffers.Text;
using System.Net.Http.Headers;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// What lets this peer into a directory that has a join token: the token; or a join code at first, and then the lease.
/// Thread-safe.
/// </summary>
internal sealed class DirectoryAccess(
    PeerOptions options,
    DirectoryRegistration registration,
    TimeProvider timeProvider
)
{
    private static readonly TimeSpan RegistrationTimeout = TimeSpan.FromSeconds(10);

    private volatile byte[]? _joinCode;

    public bool HasJoinToken { get; } = !string.IsNullOrEmpty(options.JoinToken);

    /// <summary>
    /// Code sent with registrations, 32 bytes; null to send none. Clear it once the directory has registered this peer,
    /// because it is a member from then on.
    /// </summary>
    /// <exception cref="ArgumentException">The code does not have 32 bytes.</exception>
    public byte[]? JoinCode
    {
        get => _joinCode;
        set =>
            _joinCode = value is null or { Length: JoinCodes.Size }
                ? value
                : throw new ArgumentException($"A join code must have {JoinCodes.Size} bytes.", nameof(value));
    }

    /// <summary>Adds the join code to a registration.</summary>
    /// <returns>Whether there is one.</returns>
    public bool AddJoinCode(HttpRequestMessage request)
    {
        if (_joinCode is not { } code)
        {
            return false;
        }

        request.Headers.Add(DirectoryHeaders.JoinCode, Base64Url.EncodeToString(code));
        return true;
    }

    /// <summary>
    /// Adds the lease token to a call that needs no lease, because a member needs it there instead of the join token.
    /// With a join token nothing is added, so that the directory cannot link the calls.
    /// </summary>
    /// <returns>The lease token that was added, if any.</returns>
    public string? AddLease(HttpRequestMessage request)
    {
        var token = HasJoinToken ? null : registration.LeaseToken;
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return token;
    }

    /// <summary>Waits for a lease after a call was refused that may need one.</summary>
    /// <param name="refused">The lease token of the call, if any.</param>
    /// <returns>Whether the call is worth another try.</returns>
    public async Task<bool> WaitForLeaseAsync(string? refused, CancellationToken cancellationToken)
    {
        if (HasJoinToken)
        {
            return false;
        }

        if (refused is not null)
        {
            registration.Invalidate(refused);
        }

        return await registration.WaitForTokenAsync(RegistrationTimeout, timeProvider, cancellationToken) is not null;
    }
}
