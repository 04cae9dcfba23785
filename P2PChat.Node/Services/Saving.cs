using P2PChat.Node.Model;

namespace P2PChat.Node.Services;

/// <summary>Applies changes that take effect at once and are then saved.</summary>
internal static class Saving
{
    /// <exception cref="PeerException">The change is in effect but could not be saved.</exception>
    public static T Apply<T>(Func<T> change)
    {
        try
        {
            return change();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PeerException(
                PeerError.NotSaved,
                "The change applies while this peer runs, but it could not be saved. "
                    + "Free disk space or repair the data directory, then try again."
            );
        }
    }

    /// <inheritdoc cref="Apply{T}"/>
    public static void Apply(Action change) =>
        Apply(() =>
        {
            change();
            return true;
        });
}
