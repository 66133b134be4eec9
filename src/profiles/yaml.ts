/** Profiles as the lines of a bench file. */
import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import type { Profile } from './profile.js';

/** `profiles:` and an item for each; a line for each frame. */
export function profilesYaml(profiles: readonly Profile[]): string {
  const document = new Document({ profiles });
  visit(document, {
    Pair(_, { key, value }) {
      const name = isScalar(key) ? key.value : undefined;
      if (name === 'announcements' && isSeq(value))
        for (const item of value.items) if (isMap(item)) item.flow = true;
      if (name === 'steady' && isMap(value)) value.flow = true;
    },
  });
  // A bench file's lines have 400 characters at most.
  return document.toString({ lineWidth: 110, flowCollectionPadding: false });
}
