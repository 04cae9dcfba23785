namespace P2PChat.Bench;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>At least one row could not be measured.</summary>
    public const int Failure = 1;

    public const int Usage = 2;
}
