namespace P2PChat.Peer.Web.Model;

/// <summary>The result of comparing a scanned code with a contact's safety number.</summary>
internal enum SafetyScan
{
    /// <summary>The same safety number.</summary>
    Match,

    /// <summary>Another safety number.</summary>
    Mismatch,

    /// <summary>Not a safety number.</summary>
    Other,
}

internal static class SafetyScans
{
    private const string Prefix = "P2PCHAT:SAFETY:";

    /// <param name="scanned">The content of the scanned code.</param>
    /// <param name="expected">The content of this side's code.</param>
    public static SafetyScan Compare(string scanned, string expected) =>
        scanned == expected ? SafetyScan.Match
        : scanned.StartsWith(Prefix, StringComparison.Ordinal) ? SafetyScan.Mismatch
        : SafetyScan.Other;
}
