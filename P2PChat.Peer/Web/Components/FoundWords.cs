using Microsoft.AspNetCore.Components;
using P2PChat.Peer.Web.Model;

namespace P2PChat.Peer.Web.Components;

/// <summary>Renders text, and marks the words of a search in it.</summary>
internal static class FoundWords
{
    /// <param name="words">Null for none.</param>
    public static RenderFragment In(string text, string? words) =>
        builder =>
        {
            if (words is null)
            {
                builder.AddContent(0, text);
                return;
            }

            foreach (var part in Excerpt.Split(text, words))
            {
                if (part.IsMatch)
                {
                    builder.OpenElement(1, "mark");
                    builder.AddContent(2, part.Text);
                    builder.CloseElement();
                }
                else
                {
                    builder.AddContent(3, part.Text);
                }
            }
        };
}
