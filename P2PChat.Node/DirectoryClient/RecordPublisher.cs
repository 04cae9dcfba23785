using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Signs this peer's records and sends them to the directory. Not thread-safe.</summary>
internal sealed class RecordPublisher(
    DirectoryHttpClient directory,
    DirectoryIdProvider directoryIds,
    DirectoryRegistration registration,
    PeerIdentity identity,
    OwnRecord own,
    PeerOptions options,
    TimeProvider timeProvider
)
{
    private readonly Username _name = Username.Parse(options.Username);

    /// <summary>Whether a registration has been sent, even if it was not answered.</summary>
    public bool MayBeRegistered { get; private set; }

    /// <summary>Registers. Tries again once if the sequence or the directory's id has turned out to be wrong.</summary>
    /// <returns>The lease, and whether the directory did not have the name before.</returns>
    /// <exception cref="DirectoryException">The directory cannot be reached, or refuses.</exception>
    public Task<(RegistrationResponse Response, bool IsNew)> RegisterAsync(CancellationToken cancellationToken) =>
        RegisterAsync(above: 0, mayRetry: true, cancellationToken);

    /// <summary>Ends the lease, if this peer knows which directory it is.</summary>
    /// <exception cref="DirectoryException">The directory cannot be reached, or refuses.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (registration.DirectoryId is { } id)
        {
            await directory.LeaveAsync(_name, identity.Sign(own.Create(Purpose.Leave, id)), cancellationToken);
        }
    }

    private async Task<(RegistrationResponse Response, bool IsNew)> RegisterAsync(
        ulong above,
        bool mayRetry,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var id = registration.DirectoryId ??= await directoryIds.GetAsync(cancellationToken);
            var signedAt = timeProvider.GetTimestamp();
            var record = own.Create(Purpose.Register, id, above);
            MayBeRegistered = true;
            var (response, isNew) = await directory.RegisterAsync(_name, identity.Sign(record), cancellationToken);
            if (isNew)
            {
                registration.ReportCreated();
            }

            registration.ObservedAddress = ObservedAddresses.Parse(response.ObservedAddress);
            own.Accepted(record, signedAt);
            return (response, isNew);
        }
        catch (DirectoryException exception) when (mayRetry && exception.Failure == DirectoryFailure.StaleSequence)
        {
            return await RegisterAsync(exception.LastSequence, mayRetry: false, cancellationToken);
        }
        catch (DirectoryException exception) when (mayRetry && exception.Failure == DirectoryFailure.WrongDirectory)
        {
            registration.DirectoryId = null;
            return await RegisterAsync(above, mayRetry: false, cancellationToken);
        }
    }
}
