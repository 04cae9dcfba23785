using P2PChat.Node.Model;
using P2PChat.Node.Services.Doctor;

namespace P2PChat.Tests.Node.Services.Doctor;

/// <summary>The doctor's conclusions about this machine's network alone.</summary>
public sealed class MachineAnswerTests
{
    private static readonly Dictionary<string, (DoctorScene, DoctorVerdict, string)> Table = new()
    {
        ["public address"] = (
            new() { Tcp = NatMapping.None, Local = "203.0.113.5:8001" },
            DoctorVerdict.Good,
            "This machine has a public address."
        ),
        ["cone"] = (new(), DoctorVerdict.Good, "This network suits direct connections"),
        ["cone, untested"] = (
            new() { Tcp = NatMapping.PortIndependent },
            DoctorVerdict.Good,
            "Other addresses were not tested."
        ),
        ["symmetric"] = (
            new() { Tcp = NatMapping.AddressAndPortDependent },
            DoctorVerdict.Limited,
            "the others are relayed."
        ),
        ["symmetric, no relay"] = (
            new() { Tcp = NatMapping.AddressDependent, Relay = RelayReachState.NotOffered },
            DoctorVerdict.Limited,
            "can be reached from outside."
        ),
        ["directory on this machine"] = (
            new()
            {
                Tcp = NatMapping.None,
                Local = "127.0.0.1:8001",
                Public = "127.0.0.1:8001",
            },
            DoctorVerdict.Good,
            "The directory is on this machine or its network."
        ),
        ["STUN ports blocked"] = (
            new() { Tcp = NatMapping.Unreachable },
            DoctorVerdict.Limited,
            "Some connections may have to be relayed."
        ),
        ["no STUN server"] = (
            new() { Probe = NatProbeState.NotOffered },
            DoctorVerdict.Unknown,
            "The directory and its relay can be reached. Whether direct connections work is not known"
        ),
        ["no STUN server, no relay"] = (
            new() { Probe = NatProbeState.NotOffered, Relay = RelayReachState.NotOffered },
            DoctorVerdict.Unknown,
            "The directory can be reached. Whether connections work is not known"
        ),
        ["STUN off here"] = (
            new() { Probe = NatProbeState.Disabled },
            DoctorVerdict.Unknown,
            "Whether direct connections work is not known"
        ),
        ["one STUN port"] = (
            new() { Tcp = NatMapping.Unknown },
            DoctorVerdict.Unknown,
            "Whether direct connections work is not known"
        ),
        ["no STUN server, directory on this machine"] = (
            new() { Probe = NatProbeState.NotOffered, IsDirectoryHere = true },
            DoctorVerdict.Good,
            "The directory is on this machine or its network."
        ),
        ["hidden"] = (new() { HidesHere = true }, DoctorVerdict.Limited, "all its connections go through the relay."),
        ["hidden without a relay"] = (
            new() { HidesHere = true, Relay = RelayReachState.NotOffered },
            DoctorVerdict.Limited,
            "Nobody can connect to this peer."
        ),
        ["loopback only"] = (new() { LocalOnly = true }, DoctorVerdict.Limited, "only from programs on this machine."),
        ["loopback only, so no STUN over TCP"] = (
            new() { LocalOnly = true, Tcp = NatMapping.Unreachable },
            DoctorVerdict.Limited,
            "only from programs on this machine."
        ),
        ["directory away"] = (
            new() { Directory = DirectoryReachState.Unreachable },
            DoctorVerdict.Failed,
            "no other peer can be found."
        ),
        ["refused"] = (
            new() { Directory = DirectoryReachState.Refused },
            DoctorVerdict.Failed,
            "The directory answers, but refuses this peer."
        ),
        ["clock wrong"] = (
            new() { ClockError = TimeSpan.FromMinutes(-6) },
            DoctorVerdict.Failed,
            "This machine's clock is too far from the directory's"
        ),
        ["clock wrong, so that the directory refuses"] = (
            new() { ClockError = TimeSpan.FromMinutes(6), Directory = DirectoryReachState.Refused },
            DoctorVerdict.Failed,
            "This machine's clock is too far from the directory's"
        ),
        ["stopped"] = (
            new() { IsStopped = true, Probe = NatProbeState.NotFinished },
            DoctorVerdict.Unknown,
            "The check took too long"
        ),
    };

    public static TheoryData<string> Scenes => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Scenes))]
    public void Machine_has_the_expected_answer(string scene)
    {
        var (facts, verdict, answer) = Table[scene];

        var conclusions = Conclusions.Of(facts.Facts with { Pair = null });

        Assert.Equal(verdict, conclusions.Verdict);
        Assert.Contains(answer, conclusions.Summary, StringComparison.Ordinal);
    }
}
