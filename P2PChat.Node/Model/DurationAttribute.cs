using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace P2PChat.Node.Model;

/// <summary>Limits a <see cref="TimeSpan"/> option, because a very long time would overflow a sum or a timer.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationAttribute(string min, string max) : ValidationAttribute
{
    public TimeSpan Min { get; } = TimeSpan.Parse(min, CultureInfo.InvariantCulture);

    public TimeSpan Max { get; } = TimeSpan.Parse(max, CultureInfo.InvariantCulture);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        ArgumentNullException.ThrowIfNull(validationContext);
        // The example helps because "30" alone means 30 days.
        return value is not TimeSpan time || (time >= Min && time <= Max)
            ? ValidationResult.Success
            : new ValidationResult(
                $"{PeerOptions.Section}:{validationContext.MemberName} is {time}. "
                    + $"Use a time from {Min} to {Max}, such as 00:00:30 for 30 seconds.",
                [validationContext.MemberName!]
            );
    }
}
