/** Words of one weight, as in the printed list; `*` at the end matches any continuation. */
type WeightedEntries = readonly (readonly [weight: number, entries: string])[];

export type Language = "es" | "en";

export interface LexiconSource {
  words: WeightedEntries;
  phrases: readonly (readonly [weight: number, phrases: readonly string[]])[];
}

/**
 * The word list of method `lexicon-1`, written for headlines on shares and the economy. Entries are free of accents and
 * match folded words; an entry that has an accent needs it (`bajó` is a verb, `bajo` mostly is not).
 */
export const LEXICON: Readonly<Record<Language, LexiconSource>> = {
  es: {
    words: [
      [2.5, "superavit*"],
      [2, "dispar* rally ganancia* record* exito* duplic* trep*"],
      [
        1.5,
        "sube suben subio subieron subir suba subas alza alzas repunt* rebot* recuper* crec* mejor* utilidad* benefici* maximo* recompr* solid* desaceler* optimis* lidera lideran upgrade*",
      ],
      [
        1,
        "aument* supera superan supero superaron dividendo* acuerdo* expansi* ampli* invert* aprob* descubr* rentab* alivi* avanz* impuls*",
      ],
      [0.5, "inversion* fuerte* estable*"],
      [-3, "desplom* derrumb* hund* default* quiebr* fraude* colaps*"],
      [-2.5, "quebranto* crisis embarg* corrup* incumpl*"],
      [
        -2,
        "cae caen caer cayo cayeron caida* perdid* deficit* recesi* multa multas multada multado multaron multó sancion* advers* despid* morosidad* peor*",
      ],
      [
        -1.5,
        "baja bajas bajan bajó bajaron rebaj* recort* paro huelga* advert* restricc* interrup* debil* minimo* suspend* preocup* incertidumbre* retroce* tension*",
      ],
      [-1, "riesg* demand* juici* rechaz* volatil* cautela* presion*"],
      [-0.5, "aceler*"],
    ],
    phrases: [
      [3, ["por encima de lo esperado", "supero las expectativas"]],
      [
        2,
        [
          "recortan perdidas",
          "reduce perdidas",
          "reducen perdidas",
          "baja el riesgo",
          "cae el riesgo",
          "inflacion se desacelero",
          "inflacion se desacelera",
          "baja de la inflacion",
        ],
      ],
      [1, ["pone en marcha", "puso en marcha"]],
      [-2, ["inflacion volvio a acelerarse", "inflacion se acelero", "nuevas restricciones"]],
      [-2.5, ["sube el riesgo", "suba del riesgo"]],
      [-3, ["por debajo de lo esperado", "debajo de las expectativas", "recorto sus proyecciones"]],
    ],
  },
  en: {
    words: [
      [2.5, "soar* upgrade*"],
      [2, "jump* surge* rally rallies rallied beat beats success* outperform*"],
      [1.5, "gain* rise rises rose rising climb* rebound* record growth strong* recover* improv*"],
      [1, "tops topped raise* profit* secur* expan* approv* boost* advance*"],
      [0.5, "high higher dividend* upside"],
      [-3, "plunge* default* fraud* bankrupt* collapse*"],
      [-2.5, "slump* sink* sank tumble* downgrade* crisis"],
      [-2, "fall falls fell falling drop* loss losses miss misses missed layoff* fine fined fines recession*"],
      [-1.5, "slide* decline* cut cuts cutting weak* lawsuit* probe* warn* halt* strike* deficit* slow*"],
      [-1, "risk* concern* pressure*"],
      [-0.5, "low lower"],
    ],
    phrases: [
      [3, ["beats estimates", "above expectations"]],
      [2, ["inflation slows", "country risk falls", "cuts losses"]],
      [1, ["not at risk of default", "no risk of default"]],
      [-2, ["country risk climbs", "inflation accelerates"]],
      [-3, ["below expectations", "misses estimates", "missed estimates"]],
    ],
  },
};
