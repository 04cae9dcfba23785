namespace P2PChat.Node.Storage;

/// <summary>
/// What was written of an incoming file is no longer there, for example because its disk was unmounted meanwhile.
/// </summary>
internal sealed class PartLostException : IOException
{
    public static void ThrowIf(bool isLost)
    {
        if (isLost)
        {
            throw new PartLostException();
        }
    }
}
