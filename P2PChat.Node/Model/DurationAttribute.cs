using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace P2PChat.Node.Model;

/// <summary>Bounds of a <see cref="TimeSpan"/> option. A very long time would overflow a sum or a timer.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationAttribute(string least, string most) : ValidationAttribute
{
    public TimeSpan Least { get; } = TimeSpan.Parse(least, CultureInfo.InvariantCulture);

    public TimeSpan Most { get; } = TimeSpan.Parse(most, CultureInfo.InvariantCulture);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        ArgumentNullException.ThrowIfNull(validationContext);
        // "30" alone is read as 30 days, hence the example.
        return value is not TimeSpan time || (time >= Least && time <= Most)
            ? ValidationResult.Success
            : new ValidationResult(
                $"{PeerOptions.Section}:{validationContext.MemberName} is {time}. Give a time from {Least} to {Most}; 30 seconds are written 00:00:30.",
                [validationContext.MemberName!]
            );
    }
}
