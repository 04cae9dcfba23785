using System.Text.RegularExpressions;
using Markdig.Helpers;
using Markdig.Parsers;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>Finds web addresses.</summary>
internal sealed partial class WebLinkParser : InlineParser
{
    public WebLinkParser()
    {
        OpeningCharacters = ['h', 'H'];
    }

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        var budget = ParseBudget.Of(processor);
        var before = slice.PeekCharExtra(-1);
        if (
            before == '+'
            || !budget.HasLinks
            || Candidate().Match(slice.Text, slice.Start) is not { Success: true } match
            || !budget.TryTakeLink()
            || match.Length > ParseBudget.MaxUrlLength
            || WebLink.Read(match.Value, before) is not var (link, length)
        )
        {
            return false;
        }

        processor.Inline = new PartInline(link);
        slice.Start += length;
        return true;
    }

    [GeneratedRegex(
        "\\Ghttps?://[\\S-[<>\"`\\p{Cc}\\p{Co}\\p{Cn}\\p{Cf}-[\u200c\u200d]]]{1,4000}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Candidate();
}
