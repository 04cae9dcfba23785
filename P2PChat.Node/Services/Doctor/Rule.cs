using P2PChat.Node.Model;

namespace P2PChat.Node.Services.Doctor;

/// <summary>One row of a table of findings.</summary>
/// <param name="When">Whether the facts support the finding.</param>
/// <param name="Text">The finding, in one or two sentences.</param>
/// <param name="Advice">The remedy; null, or returning null, for none.</param>
internal sealed record Rule<T>(
    FindingCode Code,
    FindingLevel Level,
    Func<T, bool> When,
    Func<T, string> Text,
    Func<T, string?>? Advice = null
)
{
    /// <returns>Null if the facts do not support the finding.</returns>
    public DoctorFinding? Apply(T facts) =>
        When(facts) ? new DoctorFinding(Code, Level, Text(facts), Advice?.Invoke(facts)) : null;
}

/// <summary>One row of a table of answers, of which the first that fits counts.</summary>
internal sealed record Answer<T>(DoctorVerdict Verdict, Func<T, bool> When, Func<T, string> Text);
