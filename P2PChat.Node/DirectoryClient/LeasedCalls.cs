namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Makes calls with this peer's lease token. If the lease has ended, waits for a new one and tries again.
/// </summary>
internal sealed class LeasedCalls(DirectoryRegistration registration, TimeProvider timeProvider)
{
    private static readonly TimeSpan RegistrationTimeout = TimeSpan.FromSeconds(10);

    /// <param name="call">Makes the call with the given lease token.</param>
    /// <exception cref="DirectoryException">There is no lease, or the call failed.</exception>
    public async Task<T> CallAsync<T>(Func<string, Task<T>> call, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var token = await registration.WaitForTokenAsync(RegistrationTimeout, timeProvider, cancellationToken)
                ?? throw new DirectoryException(
                    DirectoryFailure.Unreachable,
                    registration.Detail ?? "This peer is not registered with its directory yet. Try again in a moment."
                );
            try
            {
                return await call(token);
            }
            catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.LeaseGone)
            {
                registration.Invalidate(token);
                if (attempt > 0)
                {
                    throw;
                }
            }
        }
    }
}
