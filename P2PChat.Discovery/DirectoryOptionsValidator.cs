using System.Net;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Mailbox;
using P2PChat.Discovery.RateLimits;

namespace P2PChat.Discovery;

/// <summary>Refuses to start on options that cannot work, with a sentence for each.</summary>
internal sealed class DirectoryOptionsValidator : IValidateOptions<DirectoryOptions>
{
    private readonly List<string> _complaints = [];

    public ValidateOptionsResult Validate(string? name, DirectoryOptions options)
    {
        _complaints.Clear();
        Between(nameof(options.Lease), options.Lease, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Between(nameof(options.RenewEvery), options.RenewEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Between(nameof(options.Claim), options.Claim, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(3650));
        // 5 s is what the contract promises between the end of a lease and its event; a sweep has to fit in.
        Between(nameof(options.SweepEvery), options.SweepEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(4));
        Between(nameof(options.PollEvery), options.PollEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Between(nameof(options.Heartbeat), options.Heartbeat, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5));
        Between(
            nameof(options.StoreTimeout),
            options.StoreTimeout,
            TimeSpan.FromMilliseconds(50),
            TimeSpan.FromSeconds(30)
        );
        Between(
            nameof(options.StoreRetryAfter),
            options.StoreRetryAfter,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(5)
        );

        if (options.OperatorKey is { Length: > 0 and < 16 })
        {
            Complain(
                nameof(options.OperatorKey),
                "is shorter than 16 characters. Make it long and random, or leave it out."
            );
        }

        if (options.ClaimantKey is { Length: > 0 and < 16 })
        {
            Complain(
                nameof(options.ClaimantKey),
                "is shorter than 16 characters. Make it long and random, or leave it out."
            );
        }

        if (options.RenewJitter is < 0 or > 0.5)
        {
            Complain(nameof(options.RenewJitter), "must be between 0 and 0.5.");
        }

        if (options.RenewEvery * (1 + options.RenewJitter) >= options.Lease)
        {
            Complain(
                nameof(options.RenewEvery),
                "with its jitter must be shorter than Directory:Lease, or peers expire before they renew."
            );
        }

        if (options.PageSize > options.MaxPageSize)
        {
            Complain(nameof(options.PageSize), "may not be above Directory:MaxPageSize.");
        }

        foreach (var proxy in options.KnownProxies)
        {
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
            {
                Complain(
                    nameof(options.KnownProxies),
                    $"holds '{proxy}', which is neither an IP address nor a network such as 10.0.0.0/8."
                );
            }
        }

        AtLeast(nameof(options.EventsKept), options.EventsKept, 1);
        AtLeast(nameof(options.EventBuffer), options.EventBuffer, 1);
        AtLeast(nameof(options.EventListeners), options.EventListeners, 1);
        AtLeast(nameof(options.EventListenersPerAddress), options.EventListenersPerAddress, 1);
        AtLeast(nameof(options.EventNames), options.EventNames, 1);
        AtLeast(nameof(options.PageSize), options.PageSize, 1);
        AtLeast(nameof(options.ClaimsPerAddress), options.ClaimsPerAddress, 1);
        AtLeast(nameof(options.ClaimsInTotal), options.ClaimsInTotal, 1);
        AtLeast(nameof(options.RegistrationBodyBytes), options.RegistrationBodyBytes, 1024);
        AtLeast(nameof(options.LastKnownPeers), options.LastKnownPeers, 0);

        CheckMailbox(options.Mailbox);

        CheckRate(nameof(RateLimitOptions.Calls), options.RateLimits.Calls);
        CheckRate(nameof(RateLimitOptions.SignedCalls), options.RateLimits.SignedCalls);
        CheckRate(nameof(RateLimitOptions.Deposits), options.RateLimits.Deposits);
        CheckRate(nameof(RateLimitOptions.Identity), options.RateLimits.Identity);
        CheckRate(nameof(RateLimitOptions.NewNames), options.RateLimits.NewNames);
        CheckRate(nameof(RateLimitOptions.Returns), options.RateLimits.Returns);

        return _complaints.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_complaints);
    }

    private void CheckMailbox(MailboxOptions mailbox)
    {
        static string Under(string option) => $"{nameof(DirectoryOptions.Mailbox)}:{option}";

        AtLeast(Under(nameof(mailbox.CapabilityEnvelopes)), mailbox.CapabilityEnvelopes, 1);
        AtLeast(Under(nameof(mailbox.CapabilityBytes)), mailbox.CapabilityBytes, mailbox.EnvelopeBytes);
        AtLeast(Under(nameof(mailbox.MailboxBytes)), mailbox.MailboxBytes, mailbox.EnvelopeBytes);
        AtLeast(Under(nameof(mailbox.Capabilities)), mailbox.Capabilities, 1);
        AtLeast(Under(nameof(mailbox.PageSize)), mailbox.PageSize, 1);
        AtLeast(Under(nameof(mailbox.MaxPageSize)), mailbox.MaxPageSize, mailbox.PageSize);
        AtLeast(Under(nameof(mailbox.SignalListeners)), mailbox.SignalListeners, 1);
        AtLeast(Under(nameof(mailbox.SignalListenersPerName)), mailbox.SignalListenersPerName, 1);
        Between(Under(nameof(mailbox.Kept)), mailbox.Kept, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(3650));
        Between(
            Under(nameof(mailbox.SweepEvery)),
            mailbox.SweepEvery,
            TimeSpan.FromMilliseconds(10),
            TimeSpan.FromHours(1)
        );
        Between(
            Under(nameof(mailbox.FullRetryAfter)),
            mailbox.FullRetryAfter,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromDays(1)
        );
        // A page in base64 must fit into the 4 MiB that a peer reads of an answer.
        if (mailbox.PageBytes is < 1 or > 2 * 1024 * 1024)
        {
            Complain(
                Under(nameof(mailbox.PageBytes)),
                $"is {mailbox.PageBytes}, but must be between 1 and {2 * 1024 * 1024}."
            );
        }

        if (mailbox.EnvelopeBytes is < 1024 or > 1024 * 1024)
        {
            Complain(
                Under(nameof(mailbox.EnvelopeBytes)),
                $"is {mailbox.EnvelopeBytes}, but must be between 1024 and {1024 * 1024}."
            );
        }
        // The ids of a page are deleted by one request line, and Kestrel's longest has 8 KiB.
        if (mailbox.MaxPageSize > 400)
        {
            Complain(Under(nameof(mailbox.MaxPageSize)), "may not be above 400.");
        }
    }

    private void Between(string option, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        // "30" alone is read as 30 days, hence the reminder.
        if (value < least || value > most)
        {
            Complain(option, $"is {value}, but must be between {least} and {most}; 30 seconds are written 00:00:30.");
        }
    }

    private void AtLeast(string option, long value, long least)
    {
        if (value < least)
        {
            Complain(option, $"is {value}, but must be at least {least}.");
        }
    }

    private void CheckRate(string option, RateLimit limit)
    {
        if (limit.Burst < 1 || limit.PerSecond is not (>= 0.001 and <= 1_000_000))
        {
            Complain(
                $"RateLimits:{option}",
                "needs a Burst of at least 1 and a PerSecond between 0.001 and 1000000; to turn all limits off set Directory:RateLimits:Enabled to false."
            );
        }
    }

    private void Complain(string option, string what) => _complaints.Add($"{DirectoryOptions.Section}:{option} {what}");
}
